"""Functions for the rules of ROOST's Osprey: how much a post resembles pro-ISIS posts.

A score is a reason for a person to look, never a verdict, and it says nothing about who wrote a post.
"""

from threat_indicator_osprey.udfs import ThreatBand, ThreatScore

__all__ = ["ThreatBand", "ThreatScore"]
