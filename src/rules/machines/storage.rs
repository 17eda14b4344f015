//! Keys and volumes.

use super::{KEY_USAGE, VOLUME_REFUSED};
use crate::conditions::Pins;
use crate::diagnostic::Applicability;
use crate::resolve::Case;
use crate::rule::Context;
use crate::rule::linking::{cases, is_true, joined, links, number, offer_text, say, without};
use crate::template::Resource;

/// What keys of a kind are for, by the start of their `KeySpec`.
const USAGES: &[(&str, &[&str])] = &[
    ("SYMMETRIC_DEFAULT", &["ENCRYPT_DECRYPT"]),
    ("HMAC_", &["GENERATE_VERIFY_MAC"]),
    ("RSA_", &["ENCRYPT_DECRYPT", "SIGN_VERIFY"]),
    ("ECC_NIST_EDWARDS", &["SIGN_VERIFY"]),
    ("ECC_NIST_P", &["SIGN_VERIFY", "KEY_AGREEMENT"]),
    ("ECC_SECG_", &["SIGN_VERIFY"]),
    ("ML_DSA_", &["SIGN_VERIFY"]),
    ("SM2", &["ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"]),
];

pub(super) fn key<'a>(key: &Resource<'a>, cx: &mut Context<'a>) {
    for [spec, usage, rotated] in
        joined([(key, "KeySpec"), (key, "KeyUsage"), (key, "EnableKeyRotation")], &Pins::none(), cx)
    {
        let Some(kind) = spec.text_or("SYMMETRIC_DEFAULT") else { continue };
        let Some((_, possible)) = USAGES.iter().find(|known| kind.starts_with(known.0)) else { continue };
        if kind != "SYMMETRIC_DEFAULT" && is_true(&rotated) {
            let edits = without(&rotated, cx);
            let message = format!("`{kind}` keys are not rotated, only symmetric ones that encrypt are");
            if let Some(finding) = say(&KEY_USAGE, &rotated, &rotated.pins, message, cx) {
                finding.label(spec.span(), "the kind of key").help("Remove `EnableKeyRotation`.").fix_by(
                    Applicability::Safe,
                    "remove the rotation",
                    edits,
                );
            }
        }
        let Some(given) = usage.text_or("ENCRYPT_DECRYPT") else { continue };
        if possible.contains(&given) || !KNOWN_USAGES.contains(&given) {
            continue;
        }
        let words = crate::rule::shape::quoted(possible);
        let at = if usage.is_absent() { &spec } else { &usage };
        let message = match usage.is_absent() {
            true => {
                format!("a key is for `ENCRYPT_DECRYPT` unless `KeyUsage` says otherwise, and `{kind}` is for {words}")
            }
            false => format!("a `{kind}` key is for {words}, not for `{given}`"),
        };
        if let Some(finding) = say(&KEY_USAGE, at, &rotated.pins, message, cx) {
            finding.help(format!("Set `KeyUsage` to {words}."));
            if !usage.is_absent() {
                finding.label(spec.span(), "the kind of key");
            }
            if let ([only], false) = (*possible, usage.is_absent()) {
                offer_text(finding, &usage, Applicability::Unsafe, only);
            }
        }
    }
}

const KNOWN_USAGES: &[&str] = &["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"];

/// Most IOPS for each GiB, by type of volume.
const RATIOS: &[(&str, f64)] = &[("gp3", 500.0), ("io1", 50.0), ("io2", 1000.0)];

pub(super) fn volume<'a>(volume: &Resource<'a>, cx: &mut Context<'a>) {
    for [kind, attach] in joined([(volume, "VolumeType"), (volume, "MultiAttachEnabled")], &Pins::none(), cx) {
        let Some(text) = kind.text_or("gp2") else { continue };
        if !is_true(&attach) || matches!(text, "io1" | "io2") {
            continue;
        }
        let message =
            format!("`{}` is a `{text}` volume, and only `io1` and `io2` are attached several times", volume.id());
        if let Some(finding) = say(&VOLUME_REFUSED, &attach, &attach.pins, message, cx) {
            if !kind.is_absent() {
                finding.label(kind.span(), "the type");
            }
            finding.help("Use `VolumeType: io2` with `Iops`, or attach the volume once.");
        }
    }
    for [kind, size, iops] in joined([(volume, "VolumeType"), (volume, "Size"), (volume, "Iops")], &Pins::none(), cx) {
        let known = RATIOS.iter().find(|known| kind.text() == Some(known.0));
        let (Some((name, ratio)), Some(gib), Some(wanted)) = (known, number(&size), number(&iops)) else { continue };
        // Every `gp3` volume has these whatever its size.
        if wanted <= gib * ratio || *name == "gp3" && wanted <= 3000.0 {
            continue;
        }
        let message = format!(
            "{wanted} IOPS are too many for {gib} GiB: a volume of type `{name}` has at most {ratio} for each, here {}",
            gib * ratio
        );
        if let Some(finding) = say(&VOLUME_REFUSED, &iops, &iops.pins, message, cx) {
            let least = (wanted / ratio).ceil();
            finding.label(size.span(), "the size").help(format!("Take a `Size` of {least} or more, or fewer `Iops`."));
        }
    }
}

/// The zone of an instance: its own, or that of its subnet.
fn zone_of<'a>(machine: &Resource<'a>, pins: &Pins, cx: &Context<'a>) -> Vec<Case<'a>> {
    let own: Vec<Case<'a>> = cases(machine, "AvailabilityZone", pins, cx);
    if own.iter().any(|zone| zone.node().is_some()) {
        return own;
    }
    let mut found = Vec::new();
    for subnet in links(machine, "SubnetId", "AWS::EC2::Subnet", pins, cx) {
        found.extend(cases(&subnet.target, "AvailabilityZone", &subnet.pins, cx));
    }
    found
}

/// Whether two zones are certainly not the same: two names, or two places in one list of zones.
fn differ(one: &Case<'_>, other: &Case<'_>) -> bool {
    if let (Some(a), Some(b)) = (one.text(), other.text()) {
        return a != b;
    }
    let pick = |case: &Case<'_>| {
        let call = case.node()?.as_call()?;
        let [index, list] = call.argument.as_list()? else { return None };
        let from = list.as_call()?;
        let zones = from.function == crate::intrinsics::Intrinsic::GetAZs;
        let region = from.argument.as_str() == Some("") || is_region(&from.argument);
        (call.function == crate::intrinsics::Intrinsic::Select && zones && region)
            .then(|| index.scalar_text().map(str::to_owned))?
    };
    matches!((pick(one), pick(other)), (Some(a), Some(b)) if a != b)
}

fn is_region(node: &crate::syntax::Node) -> bool {
    node.as_call().is_some_and(|call| {
        call.function == crate::intrinsics::Intrinsic::Ref && call.argument.as_str() == Some("AWS::Region")
    })
}

pub(super) fn attachment<'a>(attachment: &Resource<'a>, cx: &mut Context<'a>) {
    for volume in links(attachment, "VolumeId", "AWS::EC2::Volume", &Pins::none(), cx) {
        for machine in links(attachment, "InstanceId", "AWS::EC2::Instance", &volume.pins, cx) {
            for theirs in zone_of(&machine.target, &machine.pins, cx) {
                for ours in cases(&volume.target, "AvailabilityZone", &theirs.pins, cx) {
                    if !differ(&ours, &theirs) {
                        continue;
                    }
                    let message = format!(
                        "`{}` is in another zone than `{}`, to which it is attached",
                        volume.target.id(),
                        machine.target.id()
                    );
                    if let Some(finding) = say(&VOLUME_REFUSED, &ours, &ours.pins, message, cx) {
                        finding
                            .label(theirs.span(), "the zone of the instance")
                            .label(volume.from, "it is attached here")
                            .help(format!("Write `!GetAtt {}.AvailabilityZone`.", machine.target.id()));
                    }
                }
            }
        }
    }
}
