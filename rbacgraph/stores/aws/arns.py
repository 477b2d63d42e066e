"""Names of AWS: ``arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE``."""

from collections.abc import Iterator

_PARTS = 6


def arn_parts(arn: str) -> tuple[str, str, str, str, str, str]:
    """Return the six parts of an ARN; empty ones for a text that is none."""
    parts = arn.split(":", _PARTS - 1)
    one, partition, service, region, account, resource = (*parts, *[""] * (_PARTS - len(parts)))
    return one, partition, service, region, account, resource


def account_of(arn: str) -> str:
    """Return the account of an ARN."""
    return arn_parts(arn)[4]


def service_of(arn: str) -> str:
    """Return the service of an ARN, as ``ssm``."""
    return arn_parts(arn)[2]


def session_arn(role: str, name: str) -> str:
    """Return the ARN of a role's session; that of a user stays.

    Examples
    --------
    >>> session_arn("arn:aws:iam::111122223333:role/team/app", "pod")
    'arn:aws:sts::111122223333:assumed-role/app/pod'
    """
    _, partition, _, _, account, resource = arn_parts(role)
    if not resource.startswith("role/"):
        return role
    return f"arn:{partition}:sts::{account}:assumed-role/{resource.rpartition('/')[2]}/{name}"


def above(parameter: str) -> Iterator[str]:
    """Yield the ARNs of the paths that hold a parameter, the nearest first.

    Examples
    --------
    >>> list(above("arn:aws:ssm:eu-west-1:111122223333:parameter/shop/db"))[0]
    'arn:aws:ssm:eu-west-1:111122223333:parameter/shop'
    """
    start, _, path = parameter.partition(":parameter/")
    while "/" in path:
        path = path.rpartition("/")[0]
        yield f"{start}:parameter/{path}"
    yield f"{start}:parameter/"
