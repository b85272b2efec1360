//go:build tools

package tools

import _ "github.com/smallstep/certificates/cmd/step-ca"
