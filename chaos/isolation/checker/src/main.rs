//! Checks histories of list appends for anomalies, with the Elle-family checker `adya`.
//!
//!     isolation-checker [--model NAME] HISTORY.jsonl ...
//!
//! Prints one JSON line for each file: its verdict, its anomalies and the first explanation of each kind.
//! Exit code: 0 when every history is valid, 1 when one has an anomaly, 2 when one cannot be decided, 3 for bad input.

use std::process::ExitCode;

use adya::{check, History, Opts, Valid, Workload};

const DEFAULT_MODEL: &str = "strict-serializable";

/// A history in which nothing was read or appended proves nothing: it counts as undecided.
fn judge(path: &str, model: &str) -> Result<Valid, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let history = History::parse(&text).map_err(|error| format!("{path}: {error}"))?;
    let options = Opts { models: vec![model.to_string()], ..Opts::default() };
    let report = check(&history, Workload::ListAppend, &options);
    let verdict = match report.valid {
        Valid::True => "valid",
        Valid::False => "anomaly",
        _ => "unknown",
    };
    println!(
        "{{\"file\":{:?},\"verdict\":{:?},\"model\":{:?},\"operations\":{},\"anomalies\":{:?}}}",
        path,
        verdict,
        model,
        history.ops.len(),
        report.anomaly_types
    );
    for (kind, anomalies) in &report.anomalies {
        if let Some(first) = anomalies.first() {
            eprintln!("{path}: {} x {kind}, the first:\n{}", anomalies.len(), first.explanation);
        }
    }
    Ok(report.valid)
}

fn main() -> ExitCode {
    let mut model = DEFAULT_MODEL.to_string();
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--model" {
            model = arguments.next().unwrap_or_default();
        } else {
            files.push(argument);
        }
    }
    if files.is_empty() {
        eprintln!("usage: isolation-checker [--model NAME] HISTORY.jsonl ...");
        return ExitCode::from(3);
    }
    let mut code = 0;
    for file in &files {
        let of_file = match judge(file, &model) {
            Ok(Valid::True) => 0,
            Ok(Valid::False) => 1,
            Ok(_) => 2,
            Err(error) => {
                eprintln!("{error}");
                3
            }
        };
        code = code.max(of_file);
    }
    ExitCode::from(code)
}
