"""Measurements, printed as tables: what each costs beside what it is compared with. Run by `script/bench`."""
