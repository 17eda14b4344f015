//! Texts and references that name a kind of thing: ids, ARNs, names.

use super::property_rule;
use crate::intrinsics::Intrinsic;
use crate::rule::Rule;

property_rule!(pub GET_ATT_OTHER_KIND, "E1040", "get-att-other-kind", Error, "an attribute that names another kind of thing than its destination takes");
property_rule!(pub REF_OTHER_KIND, "E1041", "ref-other-kind", Error, "a reference that names another kind of thing than its destination takes");
property_rule!(pub SECURITY_GROUP_ID, "E1150", "security-group-id-malformed", Error, "a text that is no security group id");
property_rule!(pub VPC_ID, "E1151", "vpc-id-malformed", Error, "a text that is no VPC id");
property_rule!(pub AMI_ID, "E1152", "ami-id-malformed", Error, "a text that is no AMI id");
property_rule!(pub SECURITY_GROUP_NAME, "E1153", "security-group-name-malformed", Error, "a text that is no security group name");
property_rule!(pub SUBNET_ID, "E1154", "subnet-id-malformed", Error, "a text that is no subnet id");
property_rule!(pub LOG_GROUP_NAME, "E1155", "log-group-name-malformed", Error, "a text that is no log group name");
property_rule!(pub ROLE_ARN, "E1156", "role-arn-malformed", Error, "a text that is no ARN of an IAM role");
property_rule!(pub KMS_KEY_ARN, "E1157", "kms-key-arn-malformed", Error, "a text that is no ARN of a KMS key");
property_rule!(pub SNS_TOPIC_ARN, "E1158", "sns-topic-arn-malformed", Error, "a text that is no ARN of an SNS topic");
property_rule!(pub CERTIFICATE_ARN, "E1159", "certificate-arn-malformed", Error, "a text that is no ARN of an ACM certificate");
property_rule!(pub FUNCTION_ARN, "E1160", "function-arn-malformed", Error, "a text that is no ARN of a Lambda function");
property_rule!(pub BUCKET_NAME, "E1161", "bucket-name-malformed", Error, "a text that is no S3 bucket name");
property_rule!(pub KMS_KEY_ID, "E1162", "kms-key-id-malformed", Error, "a text that is no KMS key id");
property_rule!(pub KMS_ALIAS, "E1164", "kms-alias-malformed", Error, "a text that is no KMS alias name");

/// The rule of a format that names a kind of thing; `None` for the built-in ones.
pub fn rule_of(format: &str) -> Option<&'static Rule> {
    Some(match format {
        "AWS::EC2::SecurityGroup.Id" => &SECURITY_GROUP_ID,
        "AWS::EC2::VPC.Id" => &VPC_ID,
        "AWS::EC2::Image.Id" => &AMI_ID,
        "AWS::EC2::SecurityGroup.Name" => &SECURITY_GROUP_NAME,
        "AWS::EC2::Subnet.Id" => &SUBNET_ID,
        "AWS::Logs::LogGroup.Name" => &LOG_GROUP_NAME,
        "AWS::IAM::Role.Arn" => &ROLE_ARN,
        "AWS::KMS::Key.Arn" => &KMS_KEY_ARN,
        "AWS::SNS::Topic.Arn" => &SNS_TOPIC_ARN,
        "AWS::ACM::Certificate.Arn" => &CERTIFICATE_ARN,
        "AWS::Lambda::Function.Arn" => &FUNCTION_ARN,
        "AWS::S3::Bucket.Name" => &BUCKET_NAME,
        "AWS::KMS::Key.Id" => &KMS_KEY_ID,
        "AWS::KMS::Alias.AliasName" => &KMS_ALIAS,
        _ => return None,
    })
}

/// The rule of a reference that gives another kind of thing.
pub fn other_kind(function: Intrinsic) -> &'static Rule {
    if function == Intrinsic::GetAtt { &GET_ATT_OTHER_KIND } else { &REF_OTHER_KIND }
}
