#!/bin/bash
# dump.sh DIR REGION…: asks AWS what the network is like, with the AWS CLI alone and read-only calls, and writes
# the answers as `--state dump:DIR` reads them. An answer that is denied is left out: it reads as unseen.
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: $0 DIR REGION…" >&2; exit 2; }
dir=$1
shift
account=$(aws --region "$1" --output text sts get-caller-identity --query Account)

# ask FILE ARGUMENT…: keeps the answer as FILE.json, whole or not at all.
ask() {
    local file=$to/$1.json
    shift
    if aws --region "$region" --output json "$@" > "$file.part"; then
        mv "$file.part" "$file"
    else
        rm "$file.part"
        echo "left out: $region $*" >&2
    fi
}

# names ARGUMENT…: one name a line; nothing when the call is denied.
names() {
    aws --region "$region" --output text "$@" | tr '\t' '\n' | sed '/^None$/d; /^$/d' ||
        echo "left out: $region $*" >&2
}

# none KEY: an answer with nothing in it, for what is asked for one by one and may not exist at all.
none() {
    echo "{\"$1\": []}" > "$to/$1.json"
}

network() {
    for what in vpcs subnets route-tables security-groups network-acls network-interfaces instances \
        internet-gateways nat-gateways vpc-peering-connections vpc-endpoints \
        vpc-endpoint-service-configurations managed-prefix-lists flow-logs transit-gateways \
        transit-gateway-attachments transit-gateway-vpc-attachments transit-gateway-peering-attachments \
        transit-gateway-route-tables; do
        ask "$what" ec2 "describe-$what"
    done
    for list in $(names ec2 describe-managed-prefix-lists --query 'PrefixLists[].PrefixListId'); do
        ask "entries-$list" ec2 get-managed-prefix-list-entries --prefix-list-id "$list"
    done
    none BucketLifecycleConfigurations
    for bucket in $(names ec2 describe-flow-logs \
        --query "FlowLogs[?LogDestinationType=='s3'].LogDestination" | sed 's/^.*::://; s,/.*,,' | sort -u); do
        ask "lifecycle-$bucket" s3api get-bucket-lifecycle-configuration --bucket "$bucket" \
            --query "{BucketLifecycleConfigurations: [{Bucket: '$bucket', Rules: Rules}]}"
    done
}

# These answers do not name their table: the file's name does.
transit_gateway_tables() {
    for table in $(names ec2 describe-transit-gateway-route-tables \
        --query 'TransitGatewayRouteTables[].TransitGatewayRouteTableId'); do
        ask "routes-$table" ec2 search-transit-gateway-routes --transit-gateway-route-table-id "$table" \
            --filters Name=state,Values=active,blackhole
        ask "associations-$table" ec2 get-transit-gateway-route-table-associations \
            --transit-gateway-route-table-id "$table"
        ask "propagations-$table" ec2 get-transit-gateway-route-table-propagations \
            --transit-gateway-route-table-id "$table"
    done
}

load_balancers() {
    ask load-balancers elbv2 describe-load-balancers
    none Listeners
    for arn in $(names elbv2 describe-load-balancers --query 'LoadBalancers[].LoadBalancerArn'); do
        ask "listeners-${arn##*/}" elbv2 describe-listeners --load-balancer-arn "$arn"
    done
    ask target-groups elbv2 describe-target-groups
    for arn in $(names elbv2 describe-target-groups --query 'TargetGroups[].TargetGroupArn'); do
        ask "health-${arn##*/}" elbv2 describe-target-health --target-group-arn "$arn" \
            --query "{LoadBalancerTargetHealth: [{TargetGroupArn: '$arn', \
                TargetHealthDescriptions: TargetHealthDescriptions}]}"
    done
}

services() {
    ask file-systems fsx describe-file-systems
    ask aliases kms list-aliases
    none Tables
    for table in $(names dynamodb list-tables --query 'TableNames[]'); do
        ask "table-$table" dynamodb describe-table --table-name "$table"
    done
    none services
    for cluster in $(names ecs list-clusters --query 'clusterArns[]'); do
        for service in $(names ecs list-services --cluster "$cluster" --query 'serviceArns[]'); do
            ask "service-${cluster##*/}-${service##*/}" ecs describe-services --cluster "$cluster" \
                --services "$service" --include TAGS
        done
    done
    ask scaling-groups autoscaling describe-auto-scaling-groups
}

monitoring() {
    ask log-groups logs describe-log-groups
    ask alarms cloudwatch describe-alarms
    ask tgw-metrics cloudwatch list-metrics --namespace AWS/TransitGateway
    ask dynamodb-metrics cloudwatch list-metrics --namespace AWS/DynamoDB --metric-name ReplicationLatency
}

# Global Accelerator is worldwide and answers in us-west-2.
worldwide() {
    region=us-west-2 to=$dir/$account/global
    mkdir -p "$to"
    ask accelerators globalaccelerator list-accelerators
    none EndpointGroups
    for accelerator in $(names globalaccelerator list-accelerators --query 'Accelerators[].AcceleratorArn'); do
        for listener in $(names globalaccelerator list-listeners --accelerator-arn "$accelerator" \
            --query 'Listeners[].ListenerArn'); do
            ask "endpoint-groups-${listener##*/}" globalaccelerator list-endpoint-groups \
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
