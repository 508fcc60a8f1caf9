//! Shapes that no single line reveals: what each most likely is, and what speaks for it.

use super::page::Page;
use crate::render::ink::{Ink, Rich};
use crate::report::{Finding, Report};

/// Writes them.
pub(super) fn write(page: &mut Page<'_>, report: &Report) {
    if report.findings.is_empty() {
        return;
    }
    page.heading("WHAT IT LOOKS LIKE", "likely, not certain");
    for finding in &report.findings {
        tell(page, finding);
    }
}

fn tell(page: &mut Page<'_>, finding: &Finding) {
    let title = page.text(&finding.title);
    page.bullet(&Rich::of(title, Ink::Bold).and(format!(" ({})", finding.id), Ink::Dim));
    let evidence: Vec<_> = finding.evidence.iter().map(|text| page.with_commands(text)).collect();
    page.list("Because", &evidence);
    let meaning = page.with_commands(&finding.meaning);
    page.entry("But", &meaning);
    for (label, texts) in [("Check", &finding.checks), ("Fix", &finding.fixes)] {
        let texts: Vec<_> = texts.iter().map(|text| page.with_commands(text)).collect();
        page.list(label, &texts);
    }
}
