//! What each dispatch binds, for the buffers that there are now.

use wgpu::{BindGroup, Buffer};

use super::{super::Gpu, arena::Arena, caches::Caches, pipelines::Pipelines, weights::Weights};

/// Bind groups, for the buffers that there are now.
pub struct Groups {
    pub embed: BindGroup,
    pub layers: Vec<LayerGroups>,
    pub heads: Vec<BindGroup>,
    pub samples: Vec<BindGroup>,
    pub add_codes: Vec<BindGroup>,
}

pub struct LayerGroups {
    pub qkv: BindGroup,
    pub attend: BindGroup,
    pub out: BindGroup,
    pub gate_up: BindGroup,
    pub down: BindGroup,
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
        ..
    } = arena;
    let layers = weights.layers.iter().enumerate().map(|(at, layer)| {
        let (keys, values) = (&caches.keys[at], &caches.values[at]);
        let [attention, feed_forward] = [&layer.attention_norm, &layer.feed_forward_norm];
        let qkv = &layer.qkv.buffer;
        let plain = |weights: &Buffer, from: &Buffer, norm: &Buffer, to: &Buffer| {
            gpu.bind(&pipelines.plain, &[call, weights, from, norm, to])
        };
        LayerGroups {
            qkv: gpu.bind(
                &pipelines.cache,
                &[call, qkv, hidden, attention, queries, keys, values, rotary],
            ),
            attend: gpu.bind(&pipelines.attend, &[call, queries, keys, values, attended]),
            out: plain(&layer.out.buffer, attended, attention, hidden),
            gate_up: plain(&layer.gate_up.buffer, hidden, feed_forward, inner),
            down: plain(&layer.down.buffer, inner, feed_forward, hidden),
        }
    });
    let heads = weights.head_norms.iter().enumerate().map(|(depth, norm)| {
        let output = &weights.output(depth).buffer;
        gpu.bind(&pipelines.plain, &[call, output, hidden, norm, logits])
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
