//! What browsers are answered: headers of their question that stand where those of the answer belong.

use super::QUESTION_FOR_ANSWER;
use crate::rule::Context;
use crate::syntax::Node;
use crate::template::Resource;

/// A header of the question, and the one that answers it.
const HEADERS: &[(&str, &str)] = &[
    ("Access-Control-Request-Method", "Access-Control-Allow-Methods"),
    ("Access-Control-Request-Headers", "Access-Control-Allow-Headers"),
];

pub(super) fn method<'a>(method: &Resource<'a>, cx: &mut Context<'a>) {
    let mut places = Vec::new();
    method
        .each_at(&["Integration", "IntegrationResponses", "*", "ResponseParameters"], true, &mut |n, _| places.push(n));
    places.into_iter().for_each(|headers| named(headers, cx));
}

pub(super) fn gateway_response<'a>(response: &Resource<'a>, cx: &mut Context<'a>) {
    let mut places = Vec::new();
    response.each_at(&["ResponseParameters"], true, &mut |n, _| places.push(n));
    places.into_iter().for_each(|headers| named(headers, cx));
}

fn named(headers: &Node, cx: &mut Context<'_>) {
    for entry in headers.as_map().unwrap_or_default() {
        let name = entry.key.text.rsplit('.').next().unwrap_or_default();
        if let Some((question, answer)) = HEADERS.iter().find(|h| h.0.eq_ignore_ascii_case(name)) {
            let message = format!("`{question}` is what a browser asks with; the answer is `{answer}`");
            cx.report(&QUESTION_FOR_ANSWER, entry.key.span, message)
                .help("Change the name here and in the `MethodResponses` of the method.");
        }
    }
}
