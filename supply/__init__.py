"""What a release is made of: reproducible builds, bill of materials, licences, known vulnerabilities. Not shipped."""
