//! Conditions on the fields of an entry, and the regular expression that confirms a match.

use std::iter::once;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::file::{Condition, PatternText, Test};
use super::wording::hint;
use crate::format::FormatId;
use crate::record::{COMMON_FIELDS, Entry};
use crate::text::number::decimal;
use crate::text::safe::excerpt;

/// A regular expression as patterns have them: of bytes, for a log's are of any encoding; tables of Unicode would also cost
/// more than a start may.
///
/// # Errors
/// It is none.
pub(crate) fn byte_regex(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).unicode(false).build()
}

/// What must hold beside the literals.
#[derive(Debug)]
pub(super) struct Conditions {
    when: Vec<(String, Condition)>,
    /// Compiled when first asked: a run meets few of them, and each costs more than a start may.
    regex: Option<(String, OnceLock<Option<Regex>>)>,
}

impl Conditions {
    pub(super) fn new(text: &PatternText, formats: &[FormatId]) -> Result<Self, String> {
        for (field, condition) in &text.when {
            known_field(field, formats)?;
            if let Condition::Test(Test { same_as: Some(other), .. }) = condition {
                known_field(other, formats)?;
            }
        }
        let when = text.when.iter().map(|(field, condition)| (field.clone(), condition.clone())).collect();
        Ok(Self { when, regex: text.regex.clone().map(|regex| (regex, OnceLock::new())) })
    }

    /// Compiles the regular expression, if there is one.
    pub(super) fn prove(&self) -> Result<(), String> {
        match &self.regex {
            Some((regex, _)) => byte_regex(regex).map(|_| ()).map_err(|error| {
                let is_of_unicode = RegexBuilder::new(regex).build().is_ok();
                format!("regex: {error}{}", if is_of_unicode { "; it is one of bytes: begin it with (?u) for one of Unicode" } else { "" })
            }),
            None => Ok(()),
        }
    }

    pub(super) fn hold(&self, entry: &Entry<'_>) -> bool {
        self.when.iter().all(|(field, condition)| holds(entry, field, condition)) && self.confirmed(&entry.message)
    }

    /// Whether they ask for nothing but what message and severity tell, and whether there is a client.
    pub(super) fn are_of_message(&self) -> bool {
        const OF_MESSAGE: [&str; 8] = ["errno", "action", "level", "message", "client_known", "health_check", "cosocket", "context"];
        self.fields().all(|field| OF_MESSAGE.contains(&field))
    }

    /// The fields that conditions name.
    fn fields(&self) -> impl Iterator<Item = &str> {
        self.when.iter().flat_map(|(field, condition)| {
            let other = if let Condition::Test(Test { same_as, .. }) = condition { same_as.as_deref() } else { None };
            once(field.as_str()).chain(other)
        })
    }

    /// Whether they look at the message's own text.
    pub(super) fn ask_for_text(&self) -> bool {
        self.regex.is_some() || self.fields().any(|field| field == "message")
    }

    fn confirmed(&self, message: &[u8]) -> bool {
        match &self.regex {
            None => true,
            Some((regex, compiled)) => compiled.get_or_init(|| byte_regex(regex).ok()).as_ref().is_some_and(|regex| regex.is_match(message)),
        }
    }

    /// What the groups of the regular expression that have a name took of the message.
    pub(super) fn captured(&self, message: &[u8]) -> Vec<(String, Vec<u8>)> {
        let regex = self.regex.as_ref().and_then(|(regex, compiled)| compiled.get_or_init(|| byte_regex(regex).ok()).as_ref());
        let Some((regex, groups)) = regex.and_then(|regex| Some((regex, regex.captures(message)?))) else { return Vec::new() };
        let named = regex.capture_names().flatten();
        named.filter_map(|name| Some((name.to_owned(), groups.name(name)?.as_bytes().to_vec()))).collect()
    }

    /// Whether they may hold for an answer of which only the status is known; `is_bare`: it has no other field of its format.
    pub(super) fn may_hold(&self, status: &str, is_bare: bool) -> bool {
        let known = Entry { fields: smallvec::smallvec![("status", std::borrow::Cow::Borrowed(status.as_bytes()))], ..Entry::default() };
        self.when.iter().all(|(field, condition)| {
            let is_open = COMMON_FIELDS.contains(&field.as_str()) || matches!(condition, Condition::Test(Test { same_as: Some(_), .. }));
            let is_known = field == "status" || is_bare;
            is_open || !is_known || holds(&known, field, condition)
        })
    }

    /// Every condition, with whether it holds and what it says beside what the entry has, in words.
    pub(super) fn all(&self, entry: &Entry<'_>) -> Vec<Held> {
        let when = self.when.iter().map(|(field, condition)| {
            let holds = holds(entry, field, condition);
            let value = match entry.field(field) {
                b"" => "absent".to_owned(),
                value => format!("'{}'", excerpt(value, 80)),
            };
            let wanted = wanted(condition);
            let words = match (holds, condition) {
                (true, Condition::Is(_)) => format!("{field} is {value}"),
                (true, _) => format!("{field} is {value} ({wanted})"),
                (false, _) => format!("{field} is {value}, and must be: {wanted}"),
            };
            Held { holds, words }
        });
        let regex = self.regex.iter().map(|(regex, _)| {
            let holds = self.confirmed(&entry.message);
            Held { holds, words: format!("the message {} /{regex}/", if holds { "matches" } else { "does not match" }) }
        });
        when.chain(regex).collect()
    }
}

/// A condition beside an entry.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) holds: bool,
    pub(super) words: String,
}

/// What a condition asks for, in words.
fn wanted(condition: &Condition) -> String {
    let test = match condition {
        Condition::Is(text) => return format!("'{text}'"),
        Condition::OneOf(texts) => return format!("one of {}", texts.join(", ")),
        Condition::Test(test) => test,
    };
    let list = |words: &str, texts: &[String]| {
        (!texts.is_empty()).then(|| format!("{words} {}", texts.iter().map(|text| format!("'{text}'")).collect::<Vec<_>>().join(" or ")))
    };
    let parts = [
        list("not", &test.not),
        list("beginning with", &test.starts),
        list("ending with", &test.ends),
        list("holding", &test.contains),
        list("without", &test.lacks),
        test.min.map(|min| format!("at least {min}")),
        test.max.map(|max| format!("at most {max}")),
        test.same_as.as_ref().map(|other| format!("the same as {other}")),
        test.present.map(|present| if present { "present" } else { "absent" }.to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn known_field(field: &str, formats: &[FormatId]) -> Result<(), String> {
    for format in formats {
        let own = format.format().fields();
        if !COMMON_FIELDS.contains(&field) && !own.contains(&field) {
            let known: Vec<_> = COMMON_FIELDS.iter().chain(own).copied().collect();
            return Err(format!("{format} has no field '{field}'; {}", hint(field, &known, "it has ")));
        }
    }
    Ok(())
}

fn holds(entry: &Entry<'_>, field: &str, condition: &Condition) -> bool {
    let value = entry.field(field);
    match condition {
        Condition::Is(text) => value == text.as_bytes(),
        Condition::OneOf(texts) => texts.iter().any(|text| value == text.as_bytes()),
        Condition::Test(test) => passes(entry, value, test),
    }
}

fn passes(entry: &Entry<'_>, value: &[u8], test: &Test) -> bool {
    let any = |texts: &[String], is: &dyn Fn(&[u8]) -> bool| texts.is_empty() || texts.iter().any(|text| is(text.as_bytes()));
    let none = |texts: &[String], is: &dyn Fn(&[u8]) -> bool| !texts.iter().any(|text| is(text.as_bytes()));
    let holds = |text: &[u8]| memchr::memmem::find(value, text).is_some();
    let number = || decimal(value);
    none(&test.not, &|text| value == text)
        && any(&test.starts, &|text| value.starts_with(text))
        && any(&test.ends, &|text| value.ends_with(text))
        && any(&test.contains, &holds)
        && none(&test.lacks, &holds)
        && test.min.is_none_or(|min| number().is_some_and(|number| number >= min))
        && test.max.is_none_or(|max| number().is_some_and(|number| number <= max))
        && test.same_as.as_ref().is_none_or(|other| value == entry.field(other))
        && test.present.is_none_or(|present| present != value.is_empty())
}
