"""Mail that comes back: what a reply says, whether a person wrote it, and which address mail came back from.

By rules, in Dutch and English; nothing here learns or guesses. What is not certain is a doubt, which a person reads.
"""
