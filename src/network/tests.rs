use super::*;
use crate::document::{Document, DocumentKind};
use crate::source::SourceFile;
use crate::template::Template;

/// A VPC with a public and a private subnet; the NAT gateway exists when `HasNat` holds.
const NETWORK: &str = "\
Parameters:
  Nat: {Type: String}
Conditions:
  HasNat: !Equals [!Ref Nat, 'yes']
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Public: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
  Private: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24}}
  Closed: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24}}
  Shown: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.3.0/24}}
  Main: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.4.0/24}}
  PublicTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  PrivateTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  ClosedTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  ShownTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  PublicLink:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Public, RouteTableId: !Ref PublicTable}
  PrivateLink:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Private, RouteTableId: !Ref PrivateTable}
  ClosedLink:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Closed, RouteTableId: !Ref ClosedTable}
  ShownLink:
    Type: AWS::EC2::SubnetRouteTableAssociation
    Properties: {SubnetId: !Ref Shown, RouteTableId: !Ref ShownTable}
  PublicRoute:
    Type: AWS::EC2::Route
    Properties: {RouteTableId: !Ref PublicTable, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
  PrivateRoute:
    Type: AWS::EC2::Route
    Condition: HasNat
    Properties: {RouteTableId: !Ref PrivateTable, DestinationCidrBlock: 0.0.0.0/0, NatGatewayId: !Ref NatGateway}
  NatGateway:
    Type: AWS::EC2::NatGateway
    Condition: HasNat
    Properties: {SubnetId: !Ref Public, AllocationId: eipalloc-1}
  Objects:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
      RouteTableIds: [!Ref PrivateTable]
  Web:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: web, VpcId: !Ref Vpc}
  Data:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: data
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref Web}
  Near:
    Type: AWS::EC2::SecurityGroupIngress
    Condition: HasNat
    Properties: {GroupId: !Ref Web, IpProtocol: '-1', SourceSecurityGroupId: !Ref Data}
  Wide:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: wide
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 80, ToPort: 90, CidrIp: 10.0.0.0/8}]
Outputs:
  Table: {Value: !Ref ShownTable}
";

fn with(check: impl Fn(&dyn Fn(&str) -> Resource<'static>, Network<'_, 'static>, &Resolver<'static>)) {
    let file = SourceFile::new("t.yaml", NETWORK);
    let tree = crate::syntax::read(&file);
    let document: &'static Document = Box::leak(Box::new(Document::new(file, DocumentKind::Template, tree)));
    let root = document.root().expect("a template");
    let template: &'static Template<'static> = Box::leak(Box::new(Template::read(root)));
    let regions: &'static [String] = Box::leak(Box::new(["eu-west-1".to_owned()]));
    let resolver = Resolver::new(template, regions, &[]);
    let graph = Graph::build(&document.file, template);
    let find = |id: &str| *template.resources.get(id).expect("a resource");
    check(&find, Network::new(&resolver, &graph), &resolver);
}

fn words(way: Option<WayOut<'_>>) -> &'static str {
    match way.map(|way| way.through) {
        Some(Through::InternetGateway) => "internet",
        Some(Through::Nat(Some(_))) => "nat",
        Some(Through::Nat(None)) => "nat elsewhere",
        Some(Through::Other) => "other",
        Some(Through::Nothing) => "nothing",
        None => "unknown",
    }
}

#[test]
fn ways_out() {
    with(|find, network, resolver| {
        let way = |id: &str, pins: &Pins| words(network.way_out(&find(id), pins));
        let none = Pins::none();
        assert_eq!(way("Public", &none), "internet");
        assert_eq!(way("Private", &none), "unknown");
        assert_eq!(way("Closed", &none), "nothing");
        assert_eq!(way("Shown", &none), "unknown", "an output hands the table on");
        assert_eq!(way("Main", &none), "unknown", "no table is associated");
        let on = resolver.conditions.pin(&none, "HasNat", true).unwrap();
        let off = resolver.conditions.pin(&none, "HasNat", false).unwrap();
        assert_eq!((way("Private", &on), way("Private", &off)), ("nat", "nothing"));
        let private = find("Private");
        let settled = network.settle(&network.near(&private), &none, |pins| network.way_out(&private, pins));
        let all: Vec<_> = settled.into_iter().map(|(_, way)| words(Some(way))).collect();
        assert_eq!(all, ["nat", "nothing"]);
    });
}

#[test]
fn endpoints_of_services() {
    with(|find, network, _| {
        let asked = |table: &str, service: &str| network.endpoint(&find("Vpc"), &find(table), service, &Pins::none());
        assert_eq!(asked("PrivateTable", "s3"), Answer::Yes);
        assert_eq!(asked("PrivateTable", "sqs"), Answer::No);
        assert_eq!(asked("ClosedTable", "s3"), Answer::No);
    });
}

#[test]
fn who_may_reach_whom() {
    with(|find, network, resolver| {
        let none = Pins::none();
        let asked = |to: &str, from: &str, port: u32, pins: &Pins| {
            network.let_in(&[find(to)], &[find(from)], Ports::one(port), pins)
        };
        assert_eq!(asked("Data", "Web", 5432, &none), Answer::Yes);
        assert_eq!(asked("Data", "Web", 5433, &none), Answer::No);
        assert_eq!(asked("Data", "Wide", 5432, &none), Answer::No);
        assert_eq!(asked("Wide", "Web", 85, &none), Answer::Unknown, "the range may hold its address");
        assert_eq!(asked("Web", "Data", 80, &none), Answer::Unknown, "the rule exists under a condition");
        let off = resolver.conditions.pin(&none, "HasNat", false).unwrap();
        assert_eq!(asked("Web", "Data", 80, &off), Answer::No);
    });
}
