"""ConfigMap ``kube-system/aws-auth``: which AWS identity is which user of an EKS cluster.

Source: kubernetes-sigs/aws-iam-authenticator ``README.md`` (full configuration format).
"""

from msgspec import Struct

AWS_AUTH = "kube-system", "aws-auth"


class AwsMapping(Struct, frozen=True, omit_defaults=True):
    """One line of the mapping: a role or a user of AWS, by its ARN."""

    arn: str
    user: str
    groups: tuple[str, ...]
