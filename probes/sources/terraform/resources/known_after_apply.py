"""Attributes that a plan leaves open and that have a default, which must not be taken for their value."""

from msgspec import UNSET

from probes.sources.terraform.references.resolver import configured
from probes.sources.terraform.resources.reader import Reading

Fields = dict[str, tuple[str, ...]]

_BALANCER: tuple[str, Fields] = ("load_balancers", {"load_balancer_type": ("type",), "internal": ("scheme",)})
_LISTENER: tuple[str, Fields] = ("listeners", {"port": ("port",), "protocol": ("protocol",)})
_CHECKED = ("health_check_interval_s", "unhealthy_threshold", "healthy_threshold")
_TARGETS: tuple[str, Fields] = ("target_groups", {"target_type": ("target_type",), "health_check": _CHECKED})
_WITH_DEFAULTS: dict[str, tuple[str, Fields]] = {
    "aws_lb": _BALANCER,
    "aws_alb": _BALANCER,
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_target_group": _TARGETS,
    "aws_alb_target_group": _TARGETS,
    "aws_globalaccelerator_accelerator": ("accelerators", {"enabled": ("enabled",)}),
    "aws_globalaccelerator_endpoint_group": (
        "endpoint_groups",
        {"health_check_interval_seconds": ("health_check_interval_s",), "threshold_count": ("threshold",)},
    ),
    "aws_vpc_endpoint": (
        "vpc_endpoints",
        {"vpc_endpoint_type": ("endpoint_type",), "private_dns_enabled": ("private_dns",)},
    ),
    "aws_autoscaling_group": (
        "auto_scaling_groups",
        {"min_size": ("minimum",), "max_size": ("maximum",), "desired_capacity": ("desired",)},
    ),
    "aws_cloudwatch_metric_alarm": (
        "metric_alarms",
        {
            "namespace": ("namespace",),
            "metric_name": ("metric",),
            "metric_query": ("namespace", "metric", "dimensions"),
            "actions_enabled": ("actions_enabled",),
        },
    ),
    "aws_dynamodb_table": ("dynamo_tables", {"replica": ("replicas",)}),
    "aws_fsx_lustre_file_system": ("fsx_file_systems", {"deployment_type": ("deployment_type",)}),
    "aws_ecs_service": ("ecs_services", {"desired_count": ("desired_count",)}),
    "aws_flow_log": ("flow_logs", {"log_destination_type": ("destination_type",)}),
    "aws_ec2_transit_gateway": (
        "transit_gateways",
        {
            "dns_support": ("dns_support",),
            "auto_accept_shared_attachments": ("auto_accept_shared_attachments",),
        },
    ),
    "aws_ec2_transit_gateway_vpc_attachment": (
        "tgw_attachments",
        {"appliance_mode_support": ("appliance_mode",)},
    ),
    "aws_network_interface": ("network_interfaces", {"source_dest_check": ("source_dest_check",)}),
}
"""
By type of resource: its collection, and the fields of the model that an attribute decides.
"""


def note_unknown(reading: Reading) -> None:
    """A gap for every such attribute that is configured, with a value that only applying the plan will tell."""
    for name, (kind, fields) in _WITH_DEFAULTS.items():
        for instance in reading.of(object, name):
            for attribute in fields:
                if getattr(instance.attributes, attribute) is UNSET and configured(instance, attribute):
                    for field in fields[attribute]:
                        reading.unknown(instance, attribute, kind, reading.identity(instance), field)
