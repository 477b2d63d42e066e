"""Names of the secrets of AWS: one place for a name, an ARN, and an ARN without its six letters."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from rbacgraph.facts.external.paths import Place, place_of_arn
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.node import AWS
from rbacgraph.model.stores.aws_dump import AwsDump, AwsSecret

_SUFFIX = len("-AbCdEf")


class AwsNames:
    """The names of the secrets of a dump."""

    def __init__(self, dump: AwsDump) -> None:
        secrets = (one for account in dump.accounts for one in account.secrets)
        self._by_arn = {one.arn: place_of_secret(one) for one in secrets}

    def arn_of(self, place: Place) -> str | None:
        """Return the ARN of a secret by its place."""
        return next((arn for arn, one in self._by_arn.items() if one == place), None)

    @property
    def places(self) -> Collection[Place]:
        """The place of each secret and parameter."""
        return self._by_arn.values()

    @cached_property
    def _short(self) -> Mapping[str, Place]:
        return {
            arn[:-_SUFFIX]: place
            for arn, place in self._by_arn.items()
            if ":secretsmanager:" in arn
        }

    @cached_property
    def _by_path(self) -> Mapping[str, list[Place]]:
        found: dict[str, list[Place]] = {}
        for place in self.places:
            found.setdefault(place.path, []).append(place)
        return found

    def called(self, arn: str) -> Place | None:
        """Return the place of a secret by its ARN, with or without the six letters."""
        return self._by_arn.get(arn) or self._short.get(arn) or place_of_arn(arn)

    def canonical(self, place: Place) -> Place:
        """Return the place of the dump that an object of the cluster means, if it is one."""
        if place.path.startswith("arn:"):
            return self.called(place.path) or place
        said = set(filter(None, place.address.split("/")))
        found = [
            one for one in self._by_path.get(place.path, ()) if said <= {*one.address.split("/")}
        ]
        return found[0] if len(found) == 1 else place


def place_of_secret(secret: AwsSecret) -> Place:
    """Return the place of a secret or parameter: account and region, service and name."""
    _, _, service, region, account, _ = secret.arn.split(":", 5)
    return Place(AWS, f"{account}/{region}", f"{service}/{secret.name.removeprefix('/')}")


def missing_of(dump: AwsDump) -> Iterator[Condition]:
    """Yield what a dump lacks as a whole: what it shows may be less, or not all."""
    known = [account.organization for account in dump.accounts if account.organization]
    for account in dump.accounts:
        if account.organization is None and not any(account.id in one.parents for one in known):
            yield If.CONTROLS_OF_AWS_TAKE_NOTHING(account.id)
        yield from (If.PAGES_OF_DUMP_ARE_READ(name) for name in account.partial)
        if not account.identities:
            yield If.IDENTITIES_OF_AWS_ARE_READ(account.id)
        for cluster in account.clusters:
            if cluster.associations is None:
                yield If.ASSOCIATIONS_OF_AWS_ARE_READ(cluster.name)
