//! What the network of a template lets through: whether functions, tasks and gateways have a way out, and whether one side
//! lets the other in.

mod balancers;
mod functions;
mod stores;
mod subnets;
mod tasks;

use crate::diagnostic::Edit;
use crate::network::Network;
use crate::rule::edits::{Added, add_resource};
use crate::rule::linking::{Look, show};
use crate::rule::{Check, Context, Family, rule};
use crate::template::Resource;

rule!(
    FUNCTION_WITHOUT_WAY_OUT,
    "reach" / "SL115",
    "function-without-way-out",
    Warning,
    "a function in a VPC calls a service that it has no way to"
);
rule!(
    STORE_SHUT_TO_FUNCTION,
    "reach" / "SL116",
    "store-shut-to-function",
    Warning,
    "a function uses a database, a cache or a file system that does not let it in"
);
rule!(
    FUNCTION_OUTSIDE_VPC,
    "reach" / "SL117",
    "function-outside-vpc",
    Warning,
    "a function outside the VPC uses a database or a cache inside it"
);
rule!(
    NAT_WITHOUT_INTERNET,
    "reach" / "SL201",
    "nat-without-internet",
    Warning,
    "a NAT gateway is in a subnet that does not lead to the internet"
);
rule!(
    TARGETS_SHUT_TO_BALANCER,
    "reach" / "SL202",
    "targets-shut-to-balancer",
    Warning,
    "the targets of a load balancer do not let it in"
);
rule!(
    ACL_ENTRIES,
    "reach" / "SL203",
    "acl-entries",
    Error,
    "a network ACL has a number twice, or lets requests in and no answers out"
);
rule!(
    BALANCER_IN_ONE_ZONE,
    "reach" / "SL207",
    "balancer-in-one-zone",
    Error,
    "all subnets of an application load balancer are in one zone"
);
rule!(
    TASK_WITHOUT_WAY_OUT,
    "reach" / "SL214",
    "task-without-way-out",
    Warning,
    "a task on Fargate has no way to its image"
);
rule!(
    PUBLIC_ADDRESS_WITHOUT_INTERNET,
    "reach" / "SL233",
    "public-address-without-internet",
    Warning,
    "a subnet gives out public addresses, but does not lead to the internet"
);

/// The family.
pub static FAMILY: Family = Family {
    rules: &[
        &FUNCTION_WITHOUT_WAY_OUT,
        &STORE_SHUT_TO_FUNCTION,
        &FUNCTION_OUTSIDE_VPC,
        &NAT_WITHOUT_INTERNET,
        &TARGETS_SHUT_TO_BALANCER,
        &ACL_ENTRIES,
        &BALANCER_IN_ONE_ZONE,
        &TASK_WITHOUT_WAY_OUT,
        &PUBLIC_ADDRESS_WITHOUT_INTERNET,
    ],
    checks: &[Check::Template(reach)],
};

/// What looks at which type.
const LOOKS: &[(&str, Look)] = &[
    ("AWS::EC2::NatGateway", subnets::nat),
    ("AWS::EC2::NetworkAcl", subnets::acl),
    ("AWS::EC2::Subnet", subnets::public),
    ("AWS::ECS::Service", tasks::image),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", balancers::zones),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", balancers::targets),
    ("AWS::Lambda::Function", functions::way_out),
    ("AWS::Lambda::Function", stores::endpoints),
    ("AWS::Lambda::Function", stores::files),
];

fn reach(cx: &mut Context<'_>) {
    show(LOOKS, cx);
}

/// The network of the template.
fn network<'n, 'a>(cx: &'n Context<'a>) -> Network<'n, 'a> {
    Network::new(cx.resolver(), cx.graph())
}

/// The edits that let one security group in by another, as a resource of its own.
fn let_in<'a>(theirs: &Resource<'a>, ours: &Resource<'a>, port: u32, cx: &Context<'a>) -> Option<Vec<Edit>> {
    let name = format!("{}From{}", theirs.id(), ours.id());
    let always = theirs.condition().is_none() && ours.condition().is_none();
    if !always || cx.template.resources.contains(&name) {
        return None;
    }
    let port = port.to_string();
    let properties = [
        ("GroupId", Added::Attribute(theirs.id(), "GroupId")),
        ("IpProtocol", Added::Plain("tcp")),
        ("FromPort", Added::Plain(&port)),
        ("ToPort", Added::Plain(&port)),
        ("SourceSecurityGroupId", Added::Attribute(ours.id(), "GroupId")),
    ];
    let place = (theirs.key, theirs.node);
    add_resource(&cx.document.file, place, &name, "AWS::EC2::SecurityGroupIngress", &properties)
}
