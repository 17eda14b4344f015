//! ECS task definitions in files of their own: what one document alone can decide.

use crate::diagnostic::{Findings, Severity};
use crate::rule::{Check, Family, Rule};
use crate::taskdef::{FARGATE, FargateMemory, TaskDefinition};

/// The family.
pub static FAMILY: Family = Family { rules: &[&FARGATE_SIZE], checks: &[Check::TaskDefinition(fargate_size)] };

static FARGATE_SIZE: Rule = Rule {
    id: "TD104",
    name: "fargate-size",
    summary: "Fargate does not offer this pair of CPU and memory",
    page: include_str!("taskdef/TD104.md"),
    severity: Severity::Error,
    checks: &[],
};

fn fargate_size(task: &TaskDefinition<'_>, findings: &mut Findings) {
    if !task.requires("FARGATE") {
        return;
    }
    let refused = "so registering the task definition fails";
    if let (Some(entry), Some(cpu)) = (task.entry("cpu"), task.cpu()) {
        let Some(offer) = FargateMemory::of(cpu) else {
            let all: Vec<_> = FARGATE.iter().map(|f| f.cpu.to_string()).collect();
            findings
                .report(&FARGATE_SIZE, entry.value.span, format!("Fargate has no size with {cpu} CPU units, {refused}"))
                .help(format!("write one of {}", all.join(", ")));
            return;
        };
        if let (Some(memory), Some(amount)) = (task.entry("memory"), task.memory())
            && !offer.allows(amount)
        {
            findings
                .report(
                    &FARGATE_SIZE,
                    memory.value.span,
                    format!("Fargate does not offer {amount} MiB of memory beside {cpu} CPU units, {refused}"),
                )
                .help(format!("beside `cpu` {cpu} write {} for `memory`", offer.describe()))
                .label(entry.value.span, "the CPU units");
        }
    }
}
