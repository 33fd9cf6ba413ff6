"""The demo and the background pipeline: servers, roles, collectors and what is shown of them."""
