//! What a check has found, in words.

use strata_engine::library::verify::{Finding, Report, Verdict};

use crate::wording::{self, care, library};

/// What a check has found.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportView {
    /// Whether nothing is wrong.
    pub sound: bool,
    /// What was looked at.
    pub lines: Vec<Line>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What was found.
    pub verdict: Verdict,
    /// The same in words, with what to do about it where it is wrong.
    pub words: String,
}

impl ReportView {
    /// Of a report.
    pub fn of(report: &Report) -> Self {
        Self {
            sound: report.sound,
            lines: report.findings.iter().map(line).collect(),
        }
    }
}

fn line(finding: &Finding) -> Line {
    let words = match &finding.error {
        Some(error) => {
            let explained = library::explained(error);
            let sentence = wording::sentence(&explained.sentence);
            format!("{sentence} {}", explained.next_step)
        }
        None => care::finding(finding),
    };
    Line {
        verdict: finding.verdict,
        words,
    }
}

#[cfg(test)]
mod tests {
    use strata_engine::{Error, library::verify::Check};

    use super::*;

    #[test]
    fn what_is_wrong_comes_with_what_to_do() {
        let file = Some("transformer.pt".to_owned());
        let good = Finding {
            check: Check::Numbers,
            file: file.clone(),
            verdict: Verdict::Good,
            error: None,
        };
        let bad = Finding {
            check: Check::Hash,
            verdict: Verdict::Bad,
            error: Some(Error::Altered {
                path: "models/m/transformer.pt".into(),
            }),
            ..good.clone()
        };
        let report = Report {
            model: "m".into(),
            folder: None,
            sound: false,
            findings: vec![good, bad],
        };
        let view = ReportView::of(&report);
        assert!(!view.sound);
        assert_eq!(
            view.lines[0].words,
            "Every number in transformer.pt is finite."
        );
        let words = &view.lines[1].words;
        assert!(
            words.contains("has changed") && words.contains("again"),
            "{words}"
        );
    }
}
