//! Queues, their dead-letter queues and the functions that read them.

use super::{DEAD_LETTERS_OTHER_KIND, FIFO_BATCH_TOO_LARGE, VISIBILITY_SHORTER_THAN_TIMEOUT, cases, links, say};
use crate::conditions::Pins;
use crate::resolve::{Case, Link};
use crate::rule::Context;
use crate::template::Resource;

/// The most messages that a FIFO queue gives at once.
const FIFO_BATCH: f64 = 10.0;

/// Whether a case says that a queue is a FIFO queue; `None` when that is not known.
fn fifo(case: &Case<'_>) -> Option<bool> {
    match case.text_or("false")? {
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn kind(fifo: bool) -> &'static str {
    if fifo { "a FIFO queue" } else { "a standard queue" }
}

pub(super) fn dead_letters<'a>(queue: &Resource<'a>, cx: &mut Context<'a>) {
    for link in links(queue, &["RedrivePolicy", "deadLetterTargetArn"], "AWS::SQS::Queue", cx) {
        for theirs in cases(&link.target, &["FifoQueue"], &link.pins, cx) {
            for ours in cases(queue, &["FifoQueue"], &theirs.pins, cx) {
                let (Some(there), Some(here)) = (fifo(&theirs), fifo(&ours)) else { continue };
                if there == here {
                    continue;
                }
                let message = format!(
                    "`{}` is {}, but its dead-letter queue `{}` is {}",
                    queue.id(),
                    kind(here),
                    link.target.id(),
                    kind(there)
                );
                let other = if theirs.is_absent() { link.target.key.span } else { theirs.span() };
                if let Some(finding) = say(&DEAD_LETTERS_OTHER_KIND, &ours, &ours.pins, message, cx) {
                    finding
                        .label(other, format!("this is {}", kind(there)))
                        .label(link.from, "the dead letters go there")
                        .help("Make both queues of the same kind.");
                }
            }
        }
    }
}

pub(super) fn source<'a>(mapping: &Resource<'a>, cx: &mut Context<'a>) {
    for queue in links(mapping, &["EventSourceArn"], "AWS::SQS::Queue", cx) {
        batch(mapping, &queue, cx);
        let functions = cx.resolver().links(mapping, &["FunctionName"], "AWS::Lambda::Function", &queue.pins);
        for function in functions {
            visibility(&queue, &function, cx);
        }
    }
}

fn batch<'a>(mapping: &Resource<'a>, queue: &Link<'a>, cx: &mut Context<'a>) {
    for is_fifo in cases(&queue.target, &["FifoQueue"], &queue.pins, cx) {
        if fifo(&is_fifo) != Some(true) {
            continue;
        }
        for size in cases(mapping, &["BatchSize"], &is_fifo.pins, cx) {
            let Some(text) = size.text() else { continue };
            if !text.parse::<f64>().is_ok_and(|n| n > FIFO_BATCH) {
                continue;
            }
            let message =
                format!("`BatchSize` is {text}, but the FIFO queue `{}` gives at most 10 messages", queue.target.id());
            if let Some(finding) = say(&FIFO_BATCH_TOO_LARGE, &size, &size.pins, message, cx) {
                finding.label(is_fifo.span(), "this makes it a FIFO queue").help("Set `BatchSize` to 10 or less.");
            }
        }
    }
}

fn visibility<'a>(queue: &Link<'a>, function: &Link<'a>, cx: &mut Context<'a>) {
    let pins: &Pins = &function.pins;
    for timeout in cases(&function.target, &["Timeout"], pins, cx) {
        for hidden in cases(&queue.target, &["VisibilityTimeout"], &timeout.pins, cx) {
            let (Some(runs), Some(hides)) = (timeout.text_or("3"), hidden.text_or("30")) else { continue };
            let (Ok(long), Ok(short)) = (runs.parse::<f64>(), hides.parse::<f64>()) else { continue };
            if short >= long {
                continue;
            }
            let default = if hidden.is_absent() { " by default" } else { "" };
            let message = format!(
                "`{}` hides a message for {hides} seconds{default}, but `{}`, which reads it, may run for {runs}",
                queue.target.id(),
                function.target.id()
            );
            let place = if timeout.is_absent() { function.target.key.span } else { timeout.span() };
            if let Some(finding) = say(&VISIBILITY_SHORTER_THAN_TIMEOUT, &hidden, &hidden.pins, message, cx) {
                finding
                    .label(place, format!("the function may run for {runs} seconds"))
                    .label(queue.from, "the queue is its source")
                    .help("Set `VisibilityTimeout` to at least the timeout of the function; six times as much is advised.");
            }
        }
    }
}
