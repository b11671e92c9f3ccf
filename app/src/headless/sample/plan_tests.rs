//! Tables of arguments and the recipes they become.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use clap::Parser;

use super::*;
use crate::headless::{Studio, scripted::Scripted};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn plan(line: &str) -> Result<Plan> {
    // Tilde for a space within an argument.
    let words = format!("sample --out x {line}");
    let words = words.split_whitespace().map(|word| word.replace('~', " "));
    let args = Line::try_parse_from(words).unwrap().args;
    let wanted = args.model.clone().unwrap_or("tiny-classes".into());
    let (cards, _) = Scripted::default().cards();
    let card = cards.into_iter().find(|card| card.id == wanted).unwrap();
    Plan::new(&args, card, Classes::shipped())
}

fn subjects_of(plan: &Plan) -> Vec<u32> {
    plan.indices()
        .map(|index| plan.recipe(index).subject.label())
        .collect()
}

#[test]
fn classes_and_counts() {
    for (line, expected) in [
        ("--class 207", vec![207]),
        ("--class golden~retriever", vec![207]),
        ("--class n02099601 --count 3", vec![207, 207, 207]),
        ("--class lemon --class 7 --count 2", vec![951, 7, 951, 7]),
        ("--class balanced --count 6", vec![7, 207, 281, 951, 7, 207]),
        ("--class Balanced --count 2", vec![7, 207]),
        ("--model tiny-pages --count 2", vec![0, 0]),
    ] {
        assert_eq!(subjects_of(&plan(line).unwrap()), expected, "{line}");
    }
}

#[test]
fn random_depends_on_seed_and_number_alone() {
    let short = subjects_of(&plan("--class random --count 40").unwrap());
    let long = subjects_of(&plan("--class random --count 80").unwrap());
    assert_eq!(short, long[..40]);
    let other = subjects_of(&plan("--class random --count 40 --seed 1").unwrap());
    assert_ne!(short, other);
    let drawn: BTreeSet<u32> = long.into_iter().collect();
    assert_eq!(drawn, BTreeSet::from([7, 207, 281, 951]));
}

#[test]
fn random_is_even() {
    let drawn = subjects_of(&plan("--class random --count 4000").unwrap());
    for class in [7, 207, 281, 951] {
        let share = drawn.iter().filter(|&&found| found == class).count();
        // Five standard deviations of a binomial around 1,000.
        assert!(share.abs_diff(1000) < 137, "class {class}: {share}");
    }
}

#[test]
fn shards_are_disjoint_and_complete() {
    for (total, parts) in [(1, 1), (10, 3), (12, 4), (3, 5), (50_000, 7)] {
        let whole = plan(&format!("--class random --count {total}")).unwrap();
        let mut seen = BTreeSet::new();
        for part in 1..=parts {
            let shard = plan(&format!(
                "--class random --count {total} --shard {part}/{parts}"
            ));
            let shard = shard.unwrap();
            assert_eq!(shard.len(), shard.indices().count());
            for index in shard.indices() {
                assert!(seen.insert(index), "{index} twice");
                assert_eq!(index % parts, part - 1);
                assert_eq!(shard.recipe(index), whole.recipe(index));
                assert_eq!(shard.file_name(index), whole.file_name(index));
            }
        }
        assert_eq!(seen, whole.indices().collect());
    }
}

#[test]
fn batch_and_folder_change_nothing() {
    let one = plan("--class lemon --count 5 --batch 1").unwrap();
    let four = plan("--class lemon --count 5 --batch 64 --force --npz y.npz").unwrap();
    for index in 0..5 {
        assert_eq!(one.recipe(index), four.recipe(index));
        assert_eq!(one.recipe(index).index, index);
    }
}

#[test]
fn settings_come_from_the_model_unless_given() {
    let own = plan("--class 7").unwrap().recipe(0);
    assert_eq!(own.guidance, Guidance::constant(2.0));
    assert_eq!(own.sampling, Sampling::default());
    let given = plan(
        "--class 7 --cfg 3.5 --temperature 0.9 --depth-temperature 1,0.7 --depth-top-k 9 --top-p 0.95 \
         --guidance-schedule interval:1-3 --seed 18446744073709551615",
    )
    .unwrap()
    .recipe(0);
    assert_eq!(given.guidance.scale, PerDepth::Same(3.5));
    assert_eq!(
        given.guidance.schedule,
        strata_engine::Schedule::Interval { first: 1, last: 3 }
    );
    assert_eq!(given.sampling.temperature, PerDepth::Each(vec![1.0, 0.7]));
    assert_eq!(given.sampling.top_k, PerDepth::Same(9));
    assert_eq!(given.sampling.top_p, PerDepth::Same(0.95));
    assert_eq!(given.seed, u64::MAX);
    assert_eq!(given.weights, None);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_step() {
    for (line, sentence, step) in [
        ("", "needs to know what to draw", "--class"),
        ("--class crane", "134 ", "number or WordNet id"),
        ("--class qzxqzxqzx", "no class is named", "strata classes"),
        (
            "--class goldn~retriver",
            "Golden Retriever",
            "strata classes",
        ),
        (
            "--class tench",
            "was not trained on 0 tench",
            "strata classes --model",
        ),
        ("--class random --class 7", "cannot be joined", "alone"),
        (
            "--model tiny-pages --class 7",
            "knows no classes",
            "Leave --class out",
        ),
        (
            "--model tiny-pages --cfg 2",
            "without guidance",
            "Leave --cfg out",
        ),
        ("--class 7 --count 0", "--count 0", "from 1 to"),
        (
            "--class 7 --class 951 --count 4294967295",
            "no set",
            "2147483647",
        ),
        (
            "--class 7 --temperature -1",
            "temperature is -1",
            "0 to 100",
        ),
        (
            "--class 7 --temperature NaN",
            "temperature is NaN",
            "0 to 100",
        ),
        ("--class 7 --top-p 1.5", "top-p is 1.5", "0 to 1"),
        ("--class 7 --cfg inf", "guidance scale is inf", "0 to 100"),
        (
            "--class 7 --depth-top-k 1,2,3",
            "--depth-top-k has 3",
            "at most 2",
        ),
        (
            "--class 7 --guidance-schedule interval:5-2",
            "interval",
            "not past",
        ),
    ] {
        let error = plan(line).unwrap_err();
        assert!(error.sentence.contains(sentence), "{line}: {error:?}");
        assert!(error.next_step.contains(step), "{line}: {error:?}");
    }
}

#[test]
fn an_untrained_class_lists_known_relatives_first() {
    // A Labrador: the golden retriever is its nearest relative among four known classes.
    let error = plan("--class n02099712").unwrap_err();
    assert!(
        error.next_step.contains("such as Golden Retriever"),
        "{error:?}"
    );
}

#[test]
fn shard_texts() {
    for (text, expected) in [("1/1", (0, 1)), ("2/8", (1, 8)), (" 8 / 8 ", (7, 8))] {
        let shard: Shard = text.parse().unwrap();
        assert_eq!((shard.part, shard.parts), expected);
    }
    for text in [
        "",
        "1",
        "0/2",
        "3/2",
        "a/b",
        "1/0",
        "-1/2",
        "1/2/3",
        "1/4294967296",
    ] {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
}

#[test]
fn names_sort_and_stay_short() {
    let plan = plan("--class golden~retriever --count 13 --seed 7").unwrap();
    assert_eq!(plan.file_name(12), "000012-golden-retriever-s7.png");
    let names: Vec<String> = plan.indices().map(|index| plan.file_name(index)).collect();
    assert!(names.is_sorted());
    assert_eq!(slug("jack-o'-lantern"), "jack-o-lantern");
    let long = slug("tights for gymnastics, a one-piece leotard, or a sport jersey");
    assert_eq!(long, "tights-for-gymnastics-a-one-piece");
    for class in Classes::shipped().all() {
        let slug = slug(&class.name);
        assert!(!slug.is_empty() && slug.len() <= SLUG, "{}", class.name);
    }
}
