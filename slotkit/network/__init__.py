"""torch around any tagger: the input layer, the CRF, intents, ensembles."""
