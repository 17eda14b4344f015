//! Event source mappings: the function, what it reads from, and how.

use super::{
    BATCH_FAILS_AS_ONE, BATCH_WITHOUT_WINDOW, FILTER_NOT_AN_OBJECT, MORE_READERS_THAN_RUNS, NO_DEAD_LETTERS,
    ONE_RECORD_BLOCKS, SHORT_VISIBILITY, SOURCE_NOT_AN_ARN, STREAM_OFF, TOO_MANY_FILTERS, TOO_MANY_STREAM_READERS,
};
use crate::conditions::Pins;
use crate::diagnostic::{Applicability, Severity};
use crate::intrinsics::get_att_parts;
use crate::rule::linking::{
    as_attribute, beside, cases, is_not_true, joined, links, named, never_given, number, number_or, offer_text, only,
    place, say,
};
use crate::rule::{CallSite, Context};
use crate::syntax::Call;
use crate::template::Resource;
use std::collections::BTreeMap;

const QUEUE: &str = "AWS::SQS::Queue";
const FUNCTION: &str = "AWS::Lambda::Function";
const TABLE: &str = "AWS::DynamoDB::Table";
const STREAM: &str = "AWS::Kinesis::Stream";
/// The largest `BatchSize` there is.
const MOST_MESSAGES: f64 = 10_000.0;

pub(super) fn queue<'a>(mapping: &Resource<'a>, cx: &mut Context<'a>) {
    for queue in links(mapping, "EventSourceArn", QUEUE, &Pins::none(), cx) {
        let target = queue.target;
        for [source, size] in joined([(mapping, "EventSourceArn"), (mapping, "BatchSize")], &queue.pins, cx) {
            one_by_one(mapping, [&source, &size], cx);
        }
        for [_, redrive] in joined([(mapping, "EventSourceArn"), (&target, "RedrivePolicy")], &queue.pins, cx) {
            if redrive.is_absent() {
                let message = format!(
                    "`{}` has no dead-letter queue: a message that its reader `{}` cannot handle comes back until it expires",
                    target.id(),
                    mapping.id()
                );
                let at = redrive.clone().as_missing();
                if let Some(finding) = say(&NO_DEAD_LETTERS, &at, &redrive.pins, message, cx) {
                    finding
                        .label(queue.from, "the queue is read here")
                        .help("Give the queue a `RedrivePolicy` with a `maxReceiveCount` of 5 or more.");
                }
            }
        }
        for function in links(mapping, "FunctionName", FUNCTION, &queue.pins, cx) {
            visibility(mapping, [&target, &function.target], &function.pins, cx);
        }
    }
}

/// A large batch of a standard queue, of this template or of another.
pub(super) fn batch_window<'a>(mapping: &Resource<'a>, cx: &mut Context<'a>) {
    for source in cases(mapping, "EventSourceArn", &Pins::none(), cx) {
        let queue = match named(&source, cx) {
            Some((target, _)) if target.kind() == Some(QUEUE) => {
                if !cases(&target, "FifoQueue", &source.pins, cx).iter().all(is_not_true) {
                    continue;
                }
                target.id()
            }
            _ => match source.text() {
                Some(text) if text.split(':').nth(2) == Some("sqs") && !text.ends_with(".fifo") => text,
                _ => continue,
            },
        };
        let of = [(mapping, "BatchSize"), (mapping, "MaximumBatchingWindowInSeconds")];
        for [size, window] in joined(of, &source.pins, cx) {
            if number(&size).is_none_or(|n| n <= 10.0 || n > MOST_MESSAGES) || number_or(&window, 0.0) != Some(0.0) {
                continue;
            }
            let edits =
                beside(mapping, "BatchSize", "MaximumBatchingWindowInSeconds", "1", cx).filter(|_| window.is_absent());
            let message = format!(
                "`{}` reads up to {} messages at once from `{queue}`: for more than 10 `MaximumBatchingWindowInSeconds` must be at least 1",
                mapping.id(),
                size.text().unwrap_or_default(),
            );
            if let Some(finding) = say(&BATCH_WITHOUT_WINDOW, &size, &window.pins, message, cx) {
                finding
                    .label(source.span(), "the queue that is read")
                    .help(
                        "Set `MaximumBatchingWindowInSeconds` to the seconds that Lambda may wait for a batch to fill.",
                    )
                    .fix_by(Applicability::Unsafe, "wait one second for a batch to fill", edits);
            }
        }
    }
}

fn one_by_one<'a>(mapping: &Resource<'a>, [source, size]: [&crate::resolve::Case<'a>; 2], cx: &mut Context<'a>) {
    if number_or(size, 10.0).is_none_or(|n| n <= 1.0) {
        return;
    }
    for types in cases(mapping, "FunctionResponseTypes", &size.pins, cx) {
        if !types.is_absent() {
            continue;
        }
        let count = size.text_or("10").unwrap_or("10");
        let message = format!(
            "when one of up to {count} messages fails, `{}` returns the whole batch to the queue",
            mapping.id()
        );
        if let Some(finding) = say(&BATCH_FAILS_AS_ONE, source, &types.pins, message, cx) {
            finding.help(
                "Set `FunctionResponseTypes: [ReportBatchItemFailures]` and let the function return the ids that failed.",
            );
        }
    }
}

fn visibility<'a>(mapping: &Resource<'a>, [queue, function]: [&Resource<'a>; 2], pins: &Pins, cx: &mut Context<'a>) {
    let of = [(function, "Timeout"), (mapping, "MaximumBatchingWindowInSeconds"), (queue, "VisibilityTimeout")];
    for [timeout, window, hidden] in joined(of, pins, cx) {
        let (Some(runs), Some(waits), Some(hides)) =
            (number_or(&timeout, 3.0), number_or(&window, 0.0), number_or(&hidden, 30.0))
        else {
            continue;
        };
        let wanted = runs * 6.0 + waits;
        if hides < runs || hides >= wanted {
            continue;
        }
        let message = format!(
            "`{}` hides a message for {hides} seconds; as `{}` may run for {runs}, {wanted} leave room for repeated tries",
            queue.id(),
            function.id()
        );
        let at = if hidden.is_absent() { hidden.clone().as_missing() } else { hidden.clone() };
        let other = place(&timeout, function);
        if let Some(finding) = say(&SHORT_VISIBILITY, &at, &hidden.pins, message, cx) {
            finding
                .label(other, format!("the function may run for {runs} seconds"))
                .help(format!("Set `VisibilityTimeout` to {wanted}: six times the timeout and the batching window."));
            if wanted <= 43200.0 {
                offer_text(finding, &at, Applicability::Unsafe, &wanted.to_string());
            }
        }
    }
}

pub(super) fn source_kind<'a>(mapping: &Resource<'a>, cx: &mut Context<'a>) {
    for source in cases(mapping, "EventSourceArn", &Pins::none(), cx) {
        let Some((target, attribute)) = named(&source, cx) else { continue };
        let (gives, wanted) = match (target.kind().unwrap_or_default(), attribute) {
            (TABLE, Some("Arn")) => ("the ARN of the table, not of its stream", "StreamArn"),
            (TABLE, None) => ("the name of the table", "StreamArn"),
            (QUEUE, None | Some("QueueUrl")) => ("the URL of the queue", "Arn"),
            (QUEUE, Some("QueueName")) => ("the name of the queue", "Arn"),
            (STREAM, None) => ("the name of the stream", "Arn"),
            _ => continue,
        };
        let node = source.node();
        let edits = match attribute {
            None => node.and_then(|node| as_attribute(node, wanted, cx)),
            Some(_) => {
                node.and_then(|node| node.as_call()).and_then(|call| get_att_parts(&call.argument)).and_then(|p| {
                    let edit = crate::diagnostic::Edit { span: p.attribute_span, text: wanted.to_owned() };
                    (p.attribute_span != p.id_span).then(|| vec![edit])
                })
            }
        };
        let message = format!("`{}` reads from `{}`, but this is {gives}", mapping.id(), target.id());
        if let Some(finding) = say(&SOURCE_NOT_AN_ARN, &source, &source.pins, message, cx) {
            finding
                .label(target.key.span, format!("`!GetAtt {}.{wanted}` gives what is read", target.id()))
                .help(format!("Write `!GetAtt {}.{wanted}`.", target.id()))
                .fix_by(Applicability::Safe, format!("take `{wanted}`"), edits);
        }
    }
}

/// `StreamArn` of a table that has no stream.
pub(super) fn stream_arn(call: &Call, _: &CallSite<'_>, cx: &mut Context<'_>) {
    let Some(parts) = get_att_parts(&call.argument) else { return };
    let Some(table) = cx.template.resources.get(parts.id).copied() else { return };
    if parts.attribute != "StreamArn" || table.kind() != Some(TABLE) || !never_given(&table, "StreamSpecification", cx)
    {
        return;
    }
    let message = format!("`{}` has no stream, so there is no `StreamArn`", table.id());
    let span = parts.attribute_span;
    cx.report(&STREAM_OFF, span, message)
        .label(table.key.span, "this table has no `StreamSpecification`")
        .help("Give the table a `StreamSpecification` with a `StreamViewType`, such as `NEW_AND_OLD_IMAGES`.");
}

pub(super) fn filters<'a>(mapping: &Resource<'a>, cx: &mut Context<'a>) {
    for pattern in cases(mapping, "FilterCriteria.Filters.*.Pattern", &Pins::none(), cx) {
        let Some(text) = pattern.text() else { continue };
        let found = match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) if value.is_object() => continue,
            Ok(_) => "it is JSON, but no object".to_owned(),
            Err(error) => format!("it is no JSON: {error}"),
        };
        let message = format!("a pattern of `{}` must be one JSON object; {found}", mapping.id());
        if let Some(finding) = say(&FILTER_NOT_AN_OBJECT, &pattern, &pattern.pins, message, cx) {
            finding.help("Write one object for each filter; records that any filter matches are read.");
        }
    }
    for list in cases(mapping, "FilterCriteria.Filters", &Pins::none(), cx) {
        let Some(items) = list.node().and_then(|node| node.as_list()) else { continue };
        let count = items.iter().filter(|item| item.as_map().is_some()).count();
        if !(6..=20).contains(&count) || count != items.len() {
            continue;
        }
        let (most, severity) = if count > 10 { (10, Severity::Error) } else { (5, Severity::Warning) };
        let how = if count > 10 { "" } else { " unless a higher quota was granted" };
        let message = format!("`{}` has {count} filters, but a source may have {most}{how}", mapping.id());
        if let Some(finding) = say(&TOO_MANY_FILTERS, &list, &list.pins, message, cx) {
            finding.help("Join patterns that differ in one value: a list of values matches any of them.").severity =
                severity;
        }
    }
}

pub(super) fn concurrency<'a>(function: &Resource<'a>, cx: &mut Context<'a>) {
    let Some(reserved) = only(function, "ReservedConcurrentExecutions", cx) else { return };
    let Some(most) = number(&reserved) else { return };
    let (mut sum, mut parts) = (0.0, Vec::new());
    for mapping in cx.resources_of("AWS::Lambda::EventSourceMapping") {
        let reads = links(mapping, "FunctionName", FUNCTION, &Pins::none(), cx);
        if !reads.iter().any(|link| link.target.id() == function.id()) {
            continue;
        }
        let limit = only(mapping, "ScalingConfig.MaximumConcurrency", cx);
        if let Some((limit, count)) = limit.and_then(|limit| number(&limit).map(|count| (limit, count))) {
            sum += count;
            parts.push((limit.span(), format!("up to {count} runs for `{}`", mapping.id())));
        }
    }
    if sum <= most {
        return;
    }
    let message =
        format!("`{}` may run {most} times at once, but the queues that it reads may start {sum} runs", function.id());
    if let Some(finding) = say(&MORE_READERS_THAN_RUNS, &reserved, &reserved.pins, message, cx) {
        for (span, text) in parts {
            finding.label(span, text);
        }
        finding.help(format!("Reserve at least {sum}, or lower `MaximumConcurrency`."));
    }
}

pub(super) fn stream<'a>(mapping: &Resource<'a>, cx: &mut Context<'a>) {
    for kind in [TABLE, STREAM] {
        for link in links(mapping, "EventSourceArn", kind, &Pins::none(), cx) {
            let of = [
                (mapping, "EventSourceArn"),
                (mapping, "MaximumRetryAttempts"),
                (mapping, "MaximumRecordAgeInSeconds"),
            ];
            for [source, tries, age] in joined(of, &link.pins, cx) {
                if number_or(&tries, -1.0) != Some(-1.0) || number_or(&age, -1.0) != Some(-1.0) {
                    continue;
                }
                let message = format!(
                    "one record of `{}` that always fails blocks its shard until it expires: `{}` tries again without limit",
                    link.target.id(),
                    mapping.id()
                );
                if let Some(finding) = say(&ONE_RECORD_BLOCKS, &source, &age.pins, message, cx) {
                    finding.label(link.target.key.span, "the stream that is read").help(
                        "Set `MaximumRetryAttempts` or `MaximumRecordAgeInSeconds`, `BisectBatchOnFunctionError` and an `OnFailure` destination.",
                    );
                }
            }
        }
    }
}

/// More functions read a stream of a table than share it well.
pub(super) fn stream_readers(cx: &mut Context<'_>) {
    let mut readers: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for mapping in cx.resources_of("AWS::Lambda::EventSourceMapping") {
        let Some(source) = only(mapping, "EventSourceArn", cx) else { continue };
        if let Some((table, Some("StreamArn"))) = named(&source, cx)
            && table.kind() == Some(TABLE)
        {
            readers.entry(table.id()).or_default().push((source, mapping));
        }
    }
    for (table, list) in readers {
        let Some((third, _)) = list.get(2) else { continue };
        let message = format!("{} mappings read the stream of `{table}`, which serves two readers well", list.len());
        let pins = third.pins.clone();
        if let Some(finding) = say(&TOO_MANY_STREAM_READERS, third, &pins, message, cx) {
            for (other, mapping) in list.iter().take(2) {
                finding.label(other.span(), format!("`{}` reads it too", mapping.id()));
            }
            finding.help("Let one function read the stream and hand on, or send the changes to Kinesis.");
        }
    }
}
