#!/usr/bin/env python3
"""Writes the migrations of a corpus as revision files: corpus.py CORPUS DIRECTORY"""
import json
import sys
from pathlib import Path

def legal(identifier):
    """Characters that mean something in targets are left out."""
    return identifier.translate(str.maketrans("@-+:, ", "______"))


corpus, out = Path(sys.argv[1]), Path(sys.argv[2])
downs = json.loads((corpus / "corpus.json").read_text())["truth"].get("downs") or {}
broken = {name for name, _ in downs.get("broken", [])}
if (corpus / "prelude.sql").exists():
    (out / "prelude.sql").write_text((corpus / "prelude.sql").read_text())
for number, step in enumerate(sorted(p for p in corpus.iterdir() if (p / "meta.json").exists())):
    meta = json.loads((step / "meta.json").read_text())
    marker = "" if meta.get("transactional", True) else " transaction:false"
    text = f"-- {meta.get('message') or meta['id']}\n--\n-- Revision ID: {legal(meta['id'])}\n-- Revises: {', '.join(map(legal, meta['down']))}\n"
    text += f"-- Create Date: 2026-01-01 {number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}+00\n\n"
    text += f"-- migrate:up{marker}\n{(step / 'up.sql').read_text().rstrip()}\n"
    if (step / "down.sql").exists() and step.name not in broken:
        text += f"\n-- migrate:down{marker}\n{(step / 'down.sql').read_text().rstrip()}\n"
    (out / f"{number:04}_{meta['id'][:40].replace('/', '_')}.sql").write_text(text)
