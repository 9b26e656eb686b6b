"""A small network of two Regions, built through moto, with the answers that moto cannot give."""

from typing import Any

import boto3

from suites.selftest.aws.endpoint import Endpoint

EAST, OHIO = "us-east-1", "us-east-2"
REGIONS = (EAST, OHIO)
ACCOUNT = "123456789012"
CIDRS = {EAST: "10.66.0.0/18", OHIO: "10.66.64.0/18"}
SUBNETS = {EAST: ("10.66.10.0/24", "10.66.11.0/24"), OHIO: ("10.66.74.0/24", "10.66.75.0/24")}
ACCELERATOR = f"arn:aws:globalaccelerator::{ACCOUNT}:accelerator/1234abcd-abcd-1234-abcd-1234abcdefgh"
Ids = dict[str, str]


def build(url: str) -> dict[str, Ids]:
    """The IDs of what was built, by Region and role."""
    ids = {region: Builder(url, region).build() for region in REGIONS}
    join(url, ids)
    return ids


def can(endpoint: Endpoint) -> None:
    """Give the endpoint what moto lacks: Global Accelerator, FSx for Lustre's fields, DynamoDB's replicas."""
    endpoint.canned |= {
        "ListAccelerators": lambda _region, _params: {"Accelerators": [accelerator()]},
        "ListListeners": lambda _region, _params: {
            "Listeners": [{"ListenerArn": f"{ACCELERATOR}/listener/0123vxyz"}]
        },
        "ListEndpointGroups": lambda _region, _params: {"EndpointGroups": [endpoint_group(EAST)]},
        "DescribeFileSystems": lambda region, _params: {"FileSystems": [file_system(region)]},
        "ListTables": lambda _region, _params: {"TableNames": ["sessions"]},
        "DescribeTable": lambda region, params: {"Table": table(region, params["TableName"])},
    }


def accelerator() -> dict[str, Any]:
    return {
        "AcceleratorArn": ACCELERATOR,
        "Name": "tenants",
        "Enabled": True,
        "Status": "DEPLOYED",
        "IpSets": [{"IpFamily": "IPv4", "IpAddresses": ["192.0.2.10", "198.51.100.20"]}],
        "DnsName": "a1234567890abcdef.awsglobalaccelerator.com",
    }


def endpoint_group(region: str) -> dict[str, Any]:
    return {
        "EndpointGroupArn": f"{ACCELERATOR}/listener/0123vxyz/endpoint-group/098765zyxwvu",
        "EndpointGroupRegion": region,
        "EndpointDescriptions": [{"EndpointId": "arn:nlb", "HealthState": "HEALTHY"}],
        "ThresholdCount": 3,
    }


def file_system(region: str) -> dict[str, Any]:
    return {
        "FileSystemId": "fs-0123456789abcdef0",
        "FileSystemType": "LUSTRE",
        "Lifecycle": "AVAILABLE",
        "VpcId": f"vpc-of-{region}",
        "SubnetIds": ["subnet-0123456789abcdef0"],
        "NetworkInterfaceIds": ["eni-0123456789abcdef0"],
        "StorageCapacity": 4800,
        "LustreConfiguration": {
            "DeploymentType": "PERSISTENT_2",
            "PerUnitStorageThroughput": 250,
            "MountName": "fsx",
        },
    }


def table(region: str, name: str) -> dict[str, Any]:
    others = [other for other in REGIONS if other != region]
    return {
        "TableName": name,
        "TableStatus": "ACTIVE",
        "GlobalTableVersion": "2019.11.21",
        "Replicas": [{"RegionName": other, "ReplicaStatus": "ACTIVE"} for other in others],
    }


class Builder:
    """One Region's part of the network."""

    def __init__(self, url: str, region: str) -> None:
        self.url, self.region = url, region
        self.ec2 = self._client("ec2")
        self.ids: Ids = {}

    def _client(self, service: str) -> Any:  # noqa: ANN401  # boto3's clients have no types of their own
        make: Any = boto3.Session().client
        return make(service, region_name=self.region, endpoint_url=self.url)

    def build(self) -> Ids:
        """The IDs of what was built, by role."""
        self._vpc()
        self._filters()
        self._gateway()
        self._balancer()
        self._compute()
        self._monitoring()
        return self.ids

    def _vpc(self) -> None:
        vpc_id = self.ec2.create_vpc(CidrBlock=CIDRS[self.region])["Vpc"]["VpcId"]
        for index, cidr in enumerate(SUBNETS[self.region]):
            zone = f"{self.region}{'ab'[index]}"
            made = self.ec2.create_subnet(VpcId=vpc_id, CidrBlock=cidr, AvailabilityZone=zone)
            self.ids[f"subnet{index}"] = made["Subnet"]["SubnetId"]
        table = self.ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=self.ids["subnet0"])
        endpoint = self.ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            ServiceName=f"com.amazonaws.{self.region}.dynamodb",
            VpcEndpointType="Gateway",
            RouteTableIds=[table],
        )["VpcEndpoint"]["VpcEndpointId"]
        self.ids |= {"vpc": vpc_id, "table": table, "endpoint": endpoint}

    def _filters(self) -> None:
        listed = self.ec2.create_managed_prefix_list(
            PrefixListName="peers",
            Entries=[{"Cidr": "10.66.128.0/18"}],
            MaxEntries=4,
            AddressFamily="IPv4",
        )["PrefixList"]["PrefixListId"]
        group = self.ec2.create_security_group(GroupName="gpu", Description="x", VpcId=self.ids["vpc"])[
            "GroupId"
        ]
        ports = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
        peers = {"UserIdGroupPairs": [{"GroupId": group}], "PrefixListIds": [{"PrefixListId": listed}]}
        self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**ports, **peers}])
        acl = self.ec2.create_network_acl(VpcId=self.ids["vpc"])["NetworkAcl"]["NetworkAclId"]
        self.ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=100,
            Protocol="-1",
            RuleAction="allow",
            Egress=False,
            CidrBlock="10.66.0.0/16",
        )
        self.ids |= {"prefix_list": listed, "group": group, "acl": acl}

    def _gateway(self) -> None:
        gateway = self.ec2.create_transit_gateway(Options={"AmazonSideAsn": 64512})["TransitGateway"][
            "TransitGatewayId"
        ]
        attached = self.ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway,
            VpcId=self.ids["vpc"],
            SubnetIds=[self.ids["subnet0"], self.ids["subnet1"]],
        )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
        table = self.ec2.create_transit_gateway_route_table(TransitGatewayId=gateway)[
            "TransitGatewayRouteTable"
        ]["TransitGatewayRouteTableId"]
        self.ec2.create_transit_gateway_route(
            DestinationCidrBlock="10.66.192.0/18", TransitGatewayRouteTableId=table, Blackhole=True
        )
        self.ec2.create_route(
            RouteTableId=self.ids["table"], DestinationCidrBlock="10.66.0.0/16", TransitGatewayId=gateway
        )
        self.ids |= {"tgw": gateway, "attachment": attached, "tgw_table": table}

    def _balancer(self) -> None:
        elb = self._client("elbv2")
        balancer = elb.create_load_balancer(
            Name="edge", Type="network", Scheme="internal", Subnets=[self.ids["subnet0"]]
        )["LoadBalancers"][0]["LoadBalancerArn"]
        targets = elb.create_target_group(
            Name="router", Protocol="TCP", Port=443, TargetType="ip", VpcId=self.ids["vpc"]
        )["TargetGroups"][0]["TargetGroupArn"]
        elb.register_targets(TargetGroupArn=targets, Targets=[{"Id": "10.66.10.9", "Port": 443}])
        listener = elb.create_listener(
            LoadBalancerArn=balancer,
            Port=443,
            Protocol="TCP",
            DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
        )["Listeners"][0]["ListenerArn"]
        service = self.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[balancer])[
            "ServiceConfiguration"
        ]["ServiceId"]
        self.ids |= {"nlb": balancer, "targets": targets, "listener": listener, "service": service}

    def _compute(self) -> None:
        instance = self.ec2.run_instances(
            ImageId="ami-12345678",
            MinCount=1,
            MaxCount=1,
            SubnetId=self.ids["subnet0"],
            UserData="password=hunter2",
        )["Instances"][0]["InstanceId"]
        ecs = self._client("ecs")
        ecs.create_cluster(clusterName="edge")
        ecs.register_task_definition(
            family="router", containerDefinitions=[{"name": "r", "image": "r", "memory": 64}]
        )
        self.ids["ecs"] = ecs.create_service(
            cluster="edge", serviceName="regional-router", taskDefinition="router", desiredCount=2
        )["service"]["serviceArn"]
        scaling = self._client("autoscaling")
        scaling.create_launch_configuration(
            LaunchConfigurationName="gpu", ImageId="ami-12345678", InstanceType="p4d.24xlarge"
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="gpu",
            LaunchConfigurationName="gpu",
            MinSize=0,
            MaxSize=25,
            DesiredCapacity=0,
            VPCZoneIdentifier=self.ids["subnet1"],
        )
        key = self._client("kms").create_key()["KeyMetadata"]["KeyId"]
        self._client("kms").create_alias(AliasName="alias/tenant-1", TargetKeyId=key)
        self.ids |= {"instance": instance, "key": key}

    def _monitoring(self) -> None:
        logs, s3 = self._client("logs"), self._client("s3")
        logs.create_log_group(logGroupName="/vpc/flow")
        logs.put_retention_policy(logGroupName="/vpc/flow", retentionInDays=90)
        bucket = f"flow-logs-{self.region}"
        where = {} if self.region == EAST else {"LocationConstraint": self.region}
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
        rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
        flow_log = {"ResourceIds": [self.ids["vpc"]], "ResourceType": "VPC", "TrafficType": "ALL"}
        self.ec2.create_flow_logs(
            **flow_log, LogDestinationType="s3", LogDestination=f"arn:aws:s3:::{bucket}"
        )
        metrics = self._client("cloudwatch")
        named = {"Name": "TransitGateway", "Value": self.ids["tgw"]}
        metrics.put_metric_alarm(
            AlarmName="blackhole",
            Namespace="AWS/TransitGateway",
            MetricName="PacketDropCountBlackhole",
            Dimensions=[named],
            EvaluationPeriods=1,
            ComparisonOperator="GreaterThanThreshold",
            Period=60,
            Statistic="Sum",
            Threshold=0,
        )
        for value in (700.0, 300.0):
            metrics.put_metric_data(
                Namespace="AWS/TransitGateway",
                MetricData=[{"MetricName": "BytesOut", "Dimensions": [named], "Value": value}],
            )


def join(url: str, ids: dict[str, Ids]) -> None:
    """Peer the two Transit Gateways."""
    east, ohio = Builder(url, EAST).ec2, Builder(url, OHIO).ec2
    peering = east.create_transit_gateway_peering_attachment(
        TransitGatewayId=ids[EAST]["tgw"],
        PeerTransitGatewayId=ids[OHIO]["tgw"],
        PeerAccountId=ACCOUNT,
        PeerRegion=OHIO,
    )["TransitGatewayPeeringAttachment"]["TransitGatewayAttachmentId"]
    ohio.accept_transit_gateway_peering_attachment(TransitGatewayAttachmentId=peering)
    for region in REGIONS:
        ids[region]["peering"] = peering
