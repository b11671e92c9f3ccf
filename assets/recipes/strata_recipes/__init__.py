"""Recipes for Strata's starter models: from the sources to a model folder.

`python -m strata_recipes --help` lists the models and the stages.
"""
