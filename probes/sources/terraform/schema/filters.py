"""The attributes that the model needs of security groups, network ACLs and prefix lists."""

import msgspec
from msgspec import UNSET, UnsetType

from probes.sources.terraform.schema.attribute_types import Attributes, Flag, Number, Tagged, Text, Texts


class InlineSgRule(msgspec.Struct, gc=False):
    """One rule written inside a security group."""

    protocol: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    cidr_blocks: Texts = UNSET
    ipv6_cidr_blocks: Texts = UNSET
    prefix_list_ids: Texts = UNSET
    security_groups: Texts = UNSET
    self: Flag = UNSET
    description: Text = UNSET


class SecurityGroup(Tagged, gc=False):
    """`aws_security_group` and `aws_default_security_group`."""

    vpc_id: Text = UNSET
    name: Text = UNSET
    name_prefix: Text = UNSET
    ingress: list[InlineSgRule] | UnsetType | None = UNSET
    egress: list[InlineSgRule] | UnsetType | None = UNSET


class SecurityGroupRule(Attributes, gc=False):
    """`aws_security_group_rule`."""

    type: Text = UNSET
    security_group_id: Text = UNSET
    protocol: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    cidr_blocks: Texts = UNSET
    ipv6_cidr_blocks: Texts = UNSET
    prefix_list_ids: Texts = UNSET
    source_security_group_id: Text = UNSET
    self: Flag = UNSET
    description: Text = UNSET


class OnePeerRule(Attributes, gc=False):
    """`aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`."""

    security_group_id: Text = UNSET
    ip_protocol: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    cidr_ipv4: Text = UNSET
    cidr_ipv6: Text = UNSET
    prefix_list_id: Text = UNSET
    referenced_security_group_id: Text = UNSET
    description: Text = UNSET


class RulesExclusive(Attributes, gc=False):
    """`aws_vpc_security_group_rules_exclusive`."""

    security_group_id: Text = UNSET
    ingress_rule_ids: Texts = UNSET
    egress_rule_ids: Texts = UNSET


class InlineNaclRule(msgspec.Struct, gc=False):
    """One entry written inside a network ACL."""

    rule_no: Number = UNSET
    action: Text = UNSET
    protocol: Text = UNSET
    cidr_block: Text = UNSET
    ipv6_cidr_block: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    icmp_type: Number = UNSET
    icmp_code: Number = UNSET


class NetworkAcl(Tagged, gc=False):
    """`aws_network_acl` and `aws_default_network_acl`."""

    vpc_id: Text = UNSET
    default_network_acl_id: Text = UNSET
    subnet_ids: Texts = UNSET
    ingress: list[InlineNaclRule] | UnsetType | None = UNSET
    egress: list[InlineNaclRule] | UnsetType | None = UNSET


class NaclRule(Attributes, gc=False):
    """`aws_network_acl_rule`."""

    network_acl_id: Text = UNSET
    rule_number: Number = UNSET
    egress: Flag = UNSET
    rule_action: Text = UNSET
    protocol: Text = UNSET
    cidr_block: Text = UNSET
    ipv6_cidr_block: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    icmp_type: Number = UNSET
    icmp_code: Number = UNSET


class NaclAssociation(Attributes, gc=False):
    """`aws_network_acl_association`."""

    network_acl_id: Text = UNSET
    subnet_id: Text = UNSET


class PrefixListEntry(msgspec.Struct, gc=False):
    """One entry written inside a prefix list."""

    cidr: Text = UNSET


class PrefixList(Tagged, gc=False):
    """`aws_ec2_managed_prefix_list`."""

    name: Text = UNSET
    owner_id: Text = UNSET
    max_entries: Number = UNSET
    entry: list[PrefixListEntry] | UnsetType | None = UNSET


class SinglePrefixListEntry(Attributes, gc=False):
    """`aws_ec2_managed_prefix_list_entry`."""

    prefix_list_id: Text = UNSET
    cidr: Text = UNSET


class ReadPrefixList(msgspec.Struct, gc=False):
    """`data.aws_prefix_list` and `data.aws_ec2_managed_prefix_list`."""

    id: Text = UNSET
    name: Text = UNSET
    cidr_blocks: Texts = UNSET
    entries: list[PrefixListEntry] | UnsetType | None = UNSET
