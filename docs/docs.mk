# The generated parts of the documents. `make check` says when they are not current.
.PHONY: docs
docs:
	$(Q)$(PYTHON) tools/gen_docs.py
