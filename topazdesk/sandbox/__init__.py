"""The local practice service: a real HTTP server on this computer that speaks the Topaz Image API as published.

It is a program of its own (`python -m topazdesk.sandbox`), costs nothing, and is never nicer than the real service: what
the published contract does not promise is not there. Where the contract leaves something open, the module concerned says
"the sandbox's choice" and why. It never claims to be Topaz: each result says "sandbox" in its pixels and its metadata.
"""
