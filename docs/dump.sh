#!/bin/bash
# dump.sh DIR REGION…: asks AWS what the network is like, with the AWS CLI alone and read-only calls, and writes
# the answers as `--state dump:DIR` reads them. Where an answer is denied, the dump says so, and it reads as unseen.
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: $0 DIR REGION…" >&2; exit 2; }
dir=$1
shift
account=$(aws --region "$1" --output text sts get-caller-identity --query Account)
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

# ask KEY FILE ARGUMENT…: keeps the answer, which is about KEY, as FILE.json, whole or not at all.
ask() {
    local key=$1 file=$to/$2.json
    shift 2
    if aws --region "$region" --output json "$@" > "$file.part" 2> "$errors"; then
        mv "$file.part" "$file"
    else
        rm "$file.part"
        unobserved "$key" "$file" "$1 $2"
    fi
}

# names KEY ARGUMENT…: one name a line of what KEY is asked about; nothing when the call is denied.
names() {
    local key=$1
    shift
    aws --region "$region" --output text "$@" 2> "$errors" | tr '\t' '\n' | sed '/^None$/d; /^$/d' ||
        unobserved "$key" "$to/no-names-for-$key.json" "$1 $2"
}

# unobserved KEY FILE CALL: says in FILE that the answer under KEY lacks something, and which error was the reason.
unobserved() {
    local code reason
    cat "$errors" >&2
    code=$(sed -n 's/.*error occurred (\([A-Za-z.]*\)).*/\1/p' "$errors")
    if [ "$code" = NoSuchLifecycleConfiguration ]; then
        return # AWS's way of saying that the bucket has no rule
    fi
    reason="aws $3 failed in $region${code:+: $code}"
    echo "left out: $reason" >&2
    echo "{\"Unobserved\": [{\"Answer\": \"$1\", \"Reason\": \"$reason\"}]}" > "$2"
}

# none KEY: an answer with nothing in it, for what is asked for one by one and may not exist at all.
none() {
    echo "{\"$1\": []}" > "$to/$1.json"
}

network() {
    for what in vpcs=Vpcs subnets=Subnets route-tables=RouteTables security-groups=SecurityGroups \
        network-acls=NetworkAcls network-interfaces=NetworkInterfaces instances=Reservations \
        internet-gateways=InternetGateways nat-gateways=NatGateways \
        egress-only-internet-gateways=EgressOnlyInternetGateways \
        vpc-peering-connections=VpcPeeringConnections vpc-endpoints=VpcEndpoints \
        vpc-endpoint-service-configurations=ServiceConfigurations managed-prefix-lists=PrefixLists \
        flow-logs=FlowLogs transit-gateways=TransitGateways \
        transit-gateway-attachments=TransitGatewayAttachments \
        transit-gateway-vpc-attachments=TransitGatewayVpcAttachments \
        transit-gateway-peering-attachments=TransitGatewayPeeringAttachments \
        transit-gateway-route-tables=TransitGatewayRouteTables; do
        ask "${what#*=}" "${what%=*}" ec2 "describe-${what%=*}"
    done
    for list in $(names ManagedPrefixListEntries ec2 describe-managed-prefix-lists \
        --query 'PrefixLists[].PrefixListId'); do
        ask ManagedPrefixListEntries "entries-$list" ec2 get-managed-prefix-list-entries --prefix-list-id "$list"
    done
    none BucketLifecycleConfigurations
    for bucket in $(names BucketLifecycleConfigurations ec2 describe-flow-logs \
        --query "FlowLogs[?LogDestinationType=='s3'].LogDestination" | sed 's/^.*::://; s,/.*,,' | sort -u); do
        ask BucketLifecycleConfigurations "lifecycle-$bucket" s3api get-bucket-lifecycle-configuration \
            --bucket "$bucket" --query "{BucketLifecycleConfigurations: [{Bucket: '$bucket', Rules: Rules}]}"
    done
}

# These answers do not name their table: the file's name does.
transit_gateway_tables() {
    for table in $(names TransitGatewayRoutes ec2 describe-transit-gateway-route-tables \
        --query 'TransitGatewayRouteTables[].TransitGatewayRouteTableId'); do
        ask TransitGatewayRoutes "routes-$table" ec2 search-transit-gateway-routes \
            --transit-gateway-route-table-id "$table" --filters Name=state,Values=active,blackhole
        ask TransitGatewayAssociations "associations-$table" ec2 get-transit-gateway-route-table-associations \
            --transit-gateway-route-table-id "$table"
        ask TransitGatewayPropagations "propagations-$table" ec2 get-transit-gateway-route-table-propagations \
            --transit-gateway-route-table-id "$table"
    done
}

load_balancers() {
    ask LoadBalancers load-balancers elbv2 describe-load-balancers
    none Listeners
    for arn in $(names Listeners elbv2 describe-load-balancers --query 'LoadBalancers[].LoadBalancerArn'); do
        ask Listeners "listeners-${arn##*/}" elbv2 describe-listeners --load-balancer-arn "$arn"
    done
    ask TargetGroups target-groups elbv2 describe-target-groups
    for arn in $(names LoadBalancerTargetHealth elbv2 describe-target-groups \
        --query 'TargetGroups[].TargetGroupArn'); do
        ask LoadBalancerTargetHealth "health-${arn##*/}" elbv2 describe-target-health --target-group-arn "$arn" \
            --query "{LoadBalancerTargetHealth: [{TargetGroupArn: '$arn', \
                TargetHealthDescriptions: TargetHealthDescriptions}]}"
    done
}

services() {
    ask FileSystems file-systems fsx describe-file-systems
    ask Aliases aliases kms list-aliases
    none Tables
    for table in $(names Tables dynamodb list-tables --query 'TableNames[]'); do
        ask Tables "table-$table" dynamodb describe-table --table-name "$table"
    done
    none services
    for cluster in $(names services ecs list-clusters --query 'clusterArns[]'); do
        for service in $(names services ecs list-services --cluster "$cluster" --query 'serviceArns[]'); do
            ask services "service-${cluster##*/}-${service##*/}" ecs describe-services --cluster "$cluster" \
                --services "$service" --include TAGS
        done
    done
    ask AutoScalingGroups scaling-groups autoscaling describe-auto-scaling-groups
}

monitoring() {
    ask logGroups log-groups logs describe-log-groups
    ask MetricAlarms alarms cloudwatch describe-alarms
    ask Metrics tgw-metrics cloudwatch list-metrics --namespace AWS/TransitGateway
    ask Metrics dynamodb-metrics cloudwatch list-metrics --namespace AWS/DynamoDB --metric-name ReplicationLatency
}

# Global Accelerator is worldwide and answers in us-west-2.
worldwide() {
    region=us-west-2 to=$dir/$account/global
    mkdir -p "$to"
    ask Accelerators accelerators globalaccelerator list-accelerators
    none EndpointGroups
    for accelerator in $(names EndpointGroups globalaccelerator list-accelerators \
        --query 'Accelerators[].AcceleratorArn'); do
        for listener in $(names EndpointGroups globalaccelerator list-listeners \
            --accelerator-arn "$accelerator" --query 'Listeners[].ListenerArn'); do
            ask EndpointGroups "endpoint-groups-${listener##*/}" globalaccelerator list-endpoint-groups \
                --listener-arn "$listener"
        done
    done
}

for region in "$@"; do
    to=$dir/$account/$region
    mkdir -p "$to"
    network
    transit_gateway_tables
    load_balancers
    services
    monitoring
done
worldwide
