"""The list of known libraries that ships with the program: `npm.json`, made by `deploy/known-libraries.sh`. Pure."""
