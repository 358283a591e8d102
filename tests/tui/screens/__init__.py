"""The screens, driven by keys against a sandbox tenant."""
