//! Laws of how inputs are found: names alone tell the order of a rotated set, however they come.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;

use logscan502::source::{Age, Input, Rotated, date_in_name, discover};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};

const ENDINGS: [&str; 6] = ["", ".gz", ".zst", ".xz", ".bz2", ".Z"];

/// How a set may write its dates.
#[derive(Clone, Copy, Debug)]
enum Style {
    AfterName,
    BeforeExtension,
    Dashed,
    DashedBeforeExtension,
    WithEpoch,
    WithTime,
    Epoch,
}

use Style::{AfterName, BeforeExtension, Dashed, DashedBeforeExtension, Epoch, WithEpoch, WithTime};

const STYLES: [Style; 7] = [AfterName, BeforeExtension, Dashed, DashedBeforeExtension, WithEpoch, WithTime, Epoch];

/// The name of the piece that was rotated `day` days and `second` seconds after the first day of 2020.
fn dated_name(style: Style, day: i64, second: i64, ending: &str) -> String {
    let epoch = 1_577_836_800 + day * 86_400 + second;
    let (year, month, date) = calendar(day);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    let name = match style {
        AfterName => format!("error.log-{year}{month:02}{date:02}"),
        BeforeExtension => format!("error-{year}{month:02}{date:02}.log"),
        Dashed => format!("error.log.{year}-{month:02}-{date:02}"),
        DashedBeforeExtension => format!("error-{year}-{month:02}-{date:02}.log"),
        WithEpoch => format!("error.log-{year}{month:02}{date:02}-{epoch}"),
        WithTime => format!("error-{year}-{month:02}-{date:02}T{hour:02}-{minute:02}-{second:02}.000.log"),
        Epoch => format!("error.log.{epoch}"),
    };
    name + ending
}

fn calendar(mut day: i64) -> (i64, i64, i64) {
    let mut year = 2020;
    loop {
        let february = if year % 4 == 0 { 29 } else { 28 };
        for (month, days) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            if day < days {
                return (year, month, day + 1);
            }
            day -= days;
        }
        year += 1;
    }
}

/// `names` in the order that `by` picks.
fn shuffled(names: &[String], by: &[Index]) -> Vec<String> {
    let mut rest = names.to_vec();
    by.iter().cycle().take(names.len()).map(|index| rest.remove(index.index(rest.len()))).collect()
}

fn assert_order(oldest_first: &[String], by: &[Index]) {
    let mut names = shuffled(oldest_first, by);
    names.sort_by_key(|name| Rotated::read(name).age);
    assert_eq!(names, oldest_first);
    for name in oldest_first {
        assert_eq!(Rotated::read(name).stem, "error.log", "{name}");
    }
}

proptest! {
    #[test]
    fn numbered_names_sort_oldest_first(
        numbers in btree_set(0_u32..2_000, 1..30),
        endings in vec(select(&ENDINGS[..]), 30),
        by in vec(any::<Index>(), 31),
    ) {
        let rotated = numbers.iter().rev().zip(&endings).map(|(number, ending)| format!("error.log.{number}{ending}"));
        let names: Vec<String> = rotated.chain(["error.log".to_owned()]).collect();
        assert_order(&names, &by);
    }

    #[test]
    fn dated_names_sort_oldest_first(
        style in select(&STYLES[..]),
        days in btree_set(0_i64..4_000, 1..30),
        second in 0_i64..86_400,
        endings in vec(select(&ENDINGS[..]), 30),
        by in vec(any::<Index>(), 31),
    ) {
        let rotated = days.iter().zip(&endings).map(|(day, ending)| dated_name(style, *day, second, ending));
        let names: Vec<String> = rotated.chain(["error.log".to_owned()]).collect();
        assert_order(&names, &by);
    }

    #[test]
    fn pieces_of_one_day_sort_by_their_time(
        style in select(&[WithEpoch, WithTime, Epoch][..]),
        day in 0_i64..4_000,
        seconds in btree_set(0_i64..86_400, 1..30),
        by in vec(any::<Index>(), 30),
    ) {
        let names: Vec<String> = seconds.iter().map(|second| dated_name(style, day, *second, "")).collect();
        assert_order(&names, &by);
    }

    #[test]
    fn a_set_that_was_changed_from_numbers_to_dates_sorts_numbers_first(
        numbers in btree_set(1_u32..100, 1..9),
        days in btree_set(0_i64..4_000, 1..9),
        by in vec(any::<Index>(), 19),
    ) {
        let numbered = numbers.iter().rev().map(|number| format!("error.log.{number}"));
        let dated = days.iter().map(|day| dated_name(AfterName, *day, 0, ""));
        let names: Vec<String> = numbered.chain(dated).chain(["error.log".to_owned()]).collect();
        assert_order(&names, &by);
    }

    #[test]
    fn the_date_in_a_name_is_found(style in select(&STYLES[..]), day in 0_i64..4_000, ending in select(&ENDINGS[..])) {
        let (year, month, date) = calendar(day);
        let expected = (i32::try_from(year).unwrap(), u8::try_from(month).unwrap(), u8::try_from(date).unwrap());
        prop_assert_eq!(date_in_name(&dated_name(style, day, 3_600, ending)), Some(expected));
        let path = format!("logs/{year}/{month:02}/{date:02}/error.log{ending}");
        prop_assert_eq!(date_in_name(&path), Some(expected));
    }

    #[test]
    fn any_name_can_be_read(name in "\\PC*", parts in vec(select(&["error", ".log", "-", ".", "2026", "03", "18", "1773802800", ".gz", "T", "é"][..]), 0..9)) {
        for name in [name, parts.concat()] {
            let rotated = Rotated::read(&name);
            date_in_name(&name);
            if rotated.age == Age::Live {
                prop_assert!(name.starts_with(&rotated.stem), "{} of {}", rotated.stem, name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_folder_yields_a_set_oldest_first_in_whatever_order_its_files_were_made_or_named(
        numbers in btree_set(1_u32..100, 1..9),
        by in vec(any::<Index>(), 10),
    ) {
        let rotated = numbers.iter().rev().map(|number| format!("error.log.{number}"));
        let names: Vec<String> = rotated.chain(["error.log".to_owned()]).collect();
        let shuffled = shuffled(&names, &by);
        let folder = tempfile::tempdir().unwrap();
        for name in &shuffled {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let one_by_one: Vec<Input> = shuffled.iter().map(|name| Input::Path(folder.path().join(name))).collect();
        for inputs in [vec![Input::Path(folder.path().to_owned())], vec![Input::Path(folder.path().join("error*"))], one_by_one] {
            let (logs, errors) = discover(&inputs);
            prop_assert_eq!(errors, vec![]);
            prop_assert_eq!(logs.len(), 1);
            let found: Vec<_> = logs[0].members.iter().map(|member| member.path.file_name().unwrap().to_str().unwrap()).collect();
            prop_assert_eq!(&found, &names);
        }
    }
}
