"""How the site writes dates where a language's own way is not the registry's; one folder for each language."""
