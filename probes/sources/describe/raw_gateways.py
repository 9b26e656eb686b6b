"""EC2's describe answers about instances, gateways, endpoints and flow logs, named as in botocore."""

from ipaddress import IPv4Address

from probes.sources.describe.fields import Part, Raw
from probes.sources.describe.raw_vpc import EniAttachment, GroupIdentifier


class InstanceState(Part, frozen=True, kw_only=True):
    """InstanceState."""

    name: str


class InstanceEni(Part, frozen=True, kw_only=True):
    """InstanceNetworkInterface."""

    network_interface_id: str
    attachment: EniAttachment = EniAttachment()


class RawInstance(Raw, frozen=True, kw_only=True):
    """Instance. A terminated one has no VPC any more."""

    instance_id: str
    instance_type: str
    state: InstanceState
    vpc_id: str | None = None
    subnet_id: str | None = None
    network_interfaces: tuple[InstanceEni, ...] = ()


class RawReservation(Part, frozen=True, kw_only=True):
    """Reservation."""

    reservation_id: str
    instances: tuple[RawInstance, ...]


class IgwAttachment(Part, frozen=True, kw_only=True):
    """InternetGatewayAttachment."""

    vpc_id: str
    state: str = "available"


class RawInternetGateway(Raw, frozen=True, kw_only=True):
    """InternetGateway."""

    internet_gateway_id: str
    attachments: tuple[IgwAttachment, ...] = ()


class NatAddress(Part, frozen=True, kw_only=True):
    """NatGatewayAddress."""

    private_ip: IPv4Address | None = None


class RawNatGateway(Raw, frozen=True, kw_only=True):
    """NatGateway."""

    nat_gateway_id: str
    vpc_id: str
    subnet_id: str | None = None
    state: str
    connectivity_type: str = "public"
    nat_gateway_addresses: tuple[NatAddress, ...] = ()


class PeeringStatus(Part, frozen=True, kw_only=True):
    """VpcPeeringConnectionStateReason."""

    code: str


class PeeringVpc(Part, frozen=True, kw_only=True):
    """VpcPeeringConnectionVpcInfo."""

    vpc_id: str | None = None
    region: str = ""


class RawVpcPeering(Raw, frozen=True, kw_only=True):
    """VpcPeeringConnection."""

    vpc_peering_connection_id: str
    status: PeeringStatus
    requester_vpc_info: PeeringVpc
    accepter_vpc_info: PeeringVpc


class RawVpcEndpoint(Raw, frozen=True, kw_only=True):
    """VpcEndpoint. One of type Resource or ServiceNetwork has no service."""

    vpc_endpoint_id: str
    vpc_id: str
    service_name: str = ""
    vpc_endpoint_type: str
    state: str
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    groups: tuple[GroupIdentifier, ...] = ()
    network_interface_ids: tuple[str, ...] = ()
    private_dns_enabled: bool = False


class RawEndpointService(Raw, frozen=True, kw_only=True):
    """ServiceConfiguration."""

    service_id: str
    service_name: str
    service_state: str
    network_load_balancer_arns: tuple[str, ...] = ()
    gateway_load_balancer_arns: tuple[str, ...] = ()


class RawFlowLog(Raw, frozen=True, kw_only=True):
    """FlowLog. A Transit Gateway's has no TrafficType."""

    flow_log_id: str
    resource_id: str
    flow_log_status: str
    deliver_logs_status: str | None = None
    traffic_type: str | None = None
    log_destination_type: str = "cloud-watch-logs"
    log_destination: str = ""
    log_group_name: str = ""
