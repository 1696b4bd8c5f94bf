"""One field of a page, and the fields of a login form.

============  =========================================================================================================
`field`       one field of a page: where its value stands, whether the picture shows it, what it says
`code_form`   the field that asks for a one-time code
`login_form`  the parts of a login form, whatever they are called: user name, password, and the control that sends them
============  =========================================================================================================
"""
