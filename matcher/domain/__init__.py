"""Values and pure rules of the domain. Imports no other part of the product."""
