"""The version of rbacgraph."""

VERSION = "0.1.0"
