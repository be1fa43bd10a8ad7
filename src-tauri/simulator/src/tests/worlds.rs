//! Worlds are numbered and sampled without gaps.

use crate::world::{PairsMet, WORLDS_NUMBERED, World};
use std::collections::BTreeSet;

#[test]
fn the_numbered_worlds_all_differ_and_leave_the_rest_alone() {
    let worlds: BTreeSet<String> =
        (0..WORLDS_NUMBERED).map(|number| format!("{:?}", World::numbered(number))).collect();
    assert_eq!(worlds.len(), usize::from(WORLDS_NUMBERED));
    assert_eq!(World::sampled(5).with_nine(511).with_nine(0), World::sampled(5).with_nine(0));
    assert_eq!(World::numbered(0b0_0011_0111), World::default());
}

#[test]
fn sampling_turns_every_switch() {
    let mut seen: Vec<BTreeSet<String>> = Vec::new();
    for seed in 0..200 {
        let text = format!("{:#?}", World::sampled(seed));
        let lines: Vec<&str> = text.lines().filter(|line| line.contains(':')).collect();
        seen.resize(lines.len(), BTreeSet::new());
        for (values, line) in seen.iter_mut().zip(lines) {
            values.insert(line.to_owned());
        }
    }
    assert!(seen.len() > 40);
    let stuck: Vec<_> = seen.iter().filter(|values| values.len() < 2).collect();
    assert!(stuck.is_empty(), "{stuck:?}");
}

#[test]
fn in_the_covering_worlds_any_two_values_of_two_further_switches_meet() {
    let mut met = PairsMet::default();
    (0..WORLDS_NUMBERED).for_each(|number| met.add(number));
    assert_eq!(met.count(), PairsMet::possible());
    assert!(met.count() > 3_000, "{}", met.count());
    assert_eq!(World::covering(511).with_nine(0), World::covering(511).with_nine(511).with_nine(0));
}

#[test]
fn a_sampled_world_hangs_on_its_seed_alone() {
    assert_eq!(World::sampled(7), World::sampled(7));
    let worlds: BTreeSet<String> = (0..200).map(|seed| format!("{:?}", World::sampled(seed))).collect();
    assert_eq!(worlds.len(), 200);
}
