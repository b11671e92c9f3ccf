"""Data makers: one module per model, each with ``make(work, tiny, seed)``.

Packages that the makers read come through ``packages``. No training and no evaluation here.
"""
