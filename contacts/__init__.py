"""Whom we may write to: journalists, outlets, segments, suppressions and embargo agreements. Imports nothing from distro."""
