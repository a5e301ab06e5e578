"""The audit trail: an OMS's journal, shipped to PostgreSQL and turned into tables on the way."""

from oms.audit.projection import Entry
from oms.audit.trail import AuditTrail, Tail, TrailRefused, whole_turns

__all__ = ["AuditTrail", "Entry", "Tail", "TrailRefused", "whole_turns"]
