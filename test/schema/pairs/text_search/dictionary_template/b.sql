CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = synonym, SYNONYMS = synonym_sample);
