"""Whether texts are fit to be sent: each with every value worth fearing. No folder, no terminal."""
