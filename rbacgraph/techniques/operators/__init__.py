"""Have an operator act: custom resources, GitOps, secret syncers."""
