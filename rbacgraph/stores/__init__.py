"""Stores outside the cluster: decides what their own policies allow, without asking them.

One folder for each system. What a dump says is data here; files are read under
:mod:`rbacgraph.sources`.
"""
