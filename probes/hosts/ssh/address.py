"""Where a host's SSH server is and what proves its identity."""

import msgspec

from probes.model.errors import InputError

SSH_PORT = 22


class SshAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One SSH server and the way to it; the words are OpenSSH's (`man ssh_config`).

    The server's key must be in `host_keys` (OpenSSH public key lines) or, without those, in a `known_hosts`
    file (default: the user's) or the machine's, under `host_key_alias` if that is given. Without `key_file` the
    agent and the default keys are tried; with one the agent is too where `identities_only` is false.
    """

    hostname: str
    username: str
    port: int = SSH_PORT
    key_file: str | None = None
    known_hosts: str | tuple[str, ...] | None = None
    host_keys: tuple[str, ...] = ()
    proxy_jump: tuple["SshAddress", ...] = ()
    proxy_command: str | None = None
    host_key_alias: str | None = None
    identities_only: bool = True

    @property
    def known_hosts_name(self) -> str:
        """The name under which known_hosts lists this server: its alias, or `[host]:port` off port 22."""
        if self.host_key_alias is not None:
            return self.host_key_alias
        return self.hostname if self.port == SSH_PORT else f"[{self.hostname}]:{self.port}"


def hops(address: SshAddress) -> tuple[SshAddress, ...]:
    """Every server on the way in order, the address itself last.

    Raises InputError when a hop behind another one asks for a proxy command, which could not reach it.
    """
    path = (*(hop for jump in address.proxy_jump for hop in hops(jump)), address)
    for hop in path[1:]:
        if hop.proxy_command is not None:
            raise InputError(
                f"{hop.hostname}: proxy_command and proxy_jump exclude each other; "
                "put the command on the first jump host"
            )
    return path
