"""Finds which of several dumps the caller means by a mount or an address of Vault."""

from collections.abc import Iterable, Iterator, Sequence

from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.sources.external.addresses import server

__all__ = ["about_vault"]


def about_vault(snapshot: Snapshot, mounts: Iterable[str], addresses: Iterable[str]) -> Snapshot:
    """Return a snapshot with what the caller says of its dumps of Vault.

    Raises UsageError if a mount or an address does not say which dump it is about.
    """
    own = [mount.removesuffix("=this") for mount in mounts]
    if len(snapshot.stores) <= 1:
        return snapshot.about_vault(own, map(server, addresses))
    return snapshot.about_vault(
        _mounts_of_stores(snapshot.stores, own), _addresses_of_stores(snapshot.stores, addresses)
    )


def _mounts_of_stores(stores: Sequence[VaultDump], mounts: Iterable[str]) -> Iterator[str]:
    """Yield mounts, each with the address of the dump that it is of.

    One that no dump has stays as it is, and says nothing.

    Raises UsageError if several dumps have one, and no address says which.
    """
    for mount in mounts:
        having = [one.address for one in stores if mount.strip("/") in one.mount_names]
        if any(mount.startswith(f"{one.address}/") for one in stores) or not having:
            yield mount
        elif len(having) == 1:
            yield f"{having[0]}/{mount}"
        else:
            raise UsageError(
                f"several Vaults of the input have a mount {mount}: {', '.join(having)}",
                advice=f"say of which it is: --vault-mount {having[0]}/{mount}=this",
            )


def _addresses_of_stores(stores: Sequence[VaultDump], addresses: Iterable[str]) -> Iterator[str]:
    """Yield addresses of Vaults without scheme and path: ``OTHER=ADDRESS``, or that of a dump.

    Raises UsageError if one does not say to which dump it leads.
    """
    known = [one.address for one in stores]
    for text in addresses:
        other, _, address = (server(part) for part in text.partition("="))
        if address in known and other not in known:
            yield f"{other}={address}"
        elif other in known and "=" not in text:
            yield other
        else:
            raise UsageError(
                f"--vault-address {other} does not say which Vault objects name so",
                advice=f"write --vault-address {other}={' or ='.join(known)}",
            )
