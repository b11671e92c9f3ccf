//! What each dispatch binds, for the buffers that there are now.

use wgpu::{BindGroup, Buffer};

use super::{
    super::{Gpu, device::Pipeline},
    arena::Arena,
    caches::Caches,
    pipelines::Pipelines,
    weights::Weights,
};

/// Bind groups, for the buffers that there are now.
pub struct Groups {
    pub embed: BindGroup,
    pub layers: Vec<LayerGroups>,
    pub heads: Vec<ProductGroups>,
    pub samples: Vec<BindGroup>,
    pub add_codes: Vec<BindGroup>,
}

pub struct LayerGroups {
    pub qkv: ProductGroups,
    pub attend: BindGroup,
    pub out: ProductGroups,
    pub gate_up: ProductGroups,
    pub down: ProductGroups,
}

/// What a product binds.
pub struct ProductGroups {
    /// Where it takes its rows as they are.
    pub plain: BindGroup,
    /// Where they are rounded before it.
    pub ready: Option<ReadyGroups>,
}

/// What rounding binds, and the product of what comes of it.
pub struct ReadyGroups {
    pub round: BindGroup,
    pub product: BindGroup,
}

/// Binds everything.
pub fn groups(
    gpu: &Gpu,
    pipelines: &Pipelines,
    weights: &Weights,
    (arena, caches): (&Arena, &Caches),
    rotary: &Buffer,
) -> Groups {
    let Arena {
        call,
        given,
        picks,
        draws,
        hidden,
        queries,
        attended,
        inner,
        logits,
        ready,
        ..
    } = arena;
    let product = |layout: &Pipeline, weights, [from, norm]: [&Buffer; 2], to: &[&Buffer]| {
        let of_rows = |rows: [&Buffer; 2]| {
            let binds = [&[call, weights], &rows[..], to].concat();
            gpu.bind(layout, &binds)
        };
        let rounded = ready.as_ref().zip(pipelines.round.as_ref());
        ProductGroups {
            plain: of_rows([from, norm]),
            ready: rounded.map(|(ready, round)| {
                let (numbers, scales) = (&ready.numbers, &ready.scales);
                ReadyGroups {
                    round: gpu.bind(round, &[call, numbers, from, norm, scales]),
                    product: of_rows([numbers, scales]),
                }
            }),
        }
    };
    let plain = |weights, rows, to| product(&pipelines.plain, weights, rows, &[to]);
    let layers = weights.layers.iter().enumerate().map(|(at, layer)| {
        let (keys, values) = (&caches.keys[at], &caches.values[at]);
        let [attention, feed_forward] = [&layer.attention_norm, &layer.feed_forward_norm];
        LayerGroups {
            qkv: product(
                &pipelines.cache,
                &layer.qkv.buffer,
                [hidden, attention],
                &[queries, keys, values, rotary],
            ),
            attend: gpu.bind(&pipelines.attend, &[call, queries, keys, values, attended]),
            out: plain(&layer.out.buffer, [attended, attention], hidden),
            gate_up: plain(&layer.gate_up.buffer, [hidden, feed_forward], inner),
            down: plain(&layer.down.buffer, [inner, feed_forward], hidden),
        }
    });
    let heads = weights.head_norms.iter().enumerate().map(|(depth, norm)| {
        let output = &weights.output(depth).buffer;
        plain(output, [hidden, norm], logits)
    });
    let sample = |pipeline| gpu.bind(pipeline, &[call, logits, picks, draws, &caches.drawn]);
    let add = |pipeline| gpu.bind(pipeline, &[call, &weights.codes, picks, draws, hidden]);
    let tables = [&weights.classes, &weights.codes];
    Groups {
        embed: gpu.bind(
            &pipelines.embed,
            &[call, tables[0], tables[1], given, &caches.drawn, hidden],
        ),
        layers: layers.collect(),
        heads: heads.collect(),
        samples: pipelines.samples.iter().map(|own| sample(own)).collect(),
        add_codes: pipelines.add_codes.iter().map(|own| add(own)).collect(),
    }
}
