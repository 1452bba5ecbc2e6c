// Renders the templates of cases/ with Go's own text/template, sprig and the functions of External Secrets Operator,
// and writes what comes out to answers/, which known-answers.test.ts compares ours with.
//
//	go run .
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"log"
	"os"
	"path/filepath"
	"text/template"
	"unicode/utf8"

	eso "github.com/external-secrets/external-secrets/pkg/template/v2"
)

// A case of cases/. Data are texts, or bytes in base64 where the key ends in "|base64".
type example struct {
	Template string            `json:"template"`
	Data     map[string]string `json:"data,omitempty"`
	// error (what ESO sets), default or zero
	MissingKey string `json:"missingKey,omitempty"`
	// What we do otherwise, and why; for the test only.
	Ours string `json:"ours,omitempty"`
	Why  string `json:"why,omitempty"`

	Output *string `json:"output,omitempty"`
	// An output that is no UTF-8, in base64.
	Bytes string `json:"bytes,omitempty"`
	// It ends in an error. Its text is Go's own and no part of the answer.
	Error bool `json:"error,omitempty"`
}

func data(texts map[string]string) map[string]string {
	decoded := map[string]string{}
	for key, text := range texts {
		if name, found := bytes.CutSuffix([]byte(key), []byte("|base64")); found {
			raw, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				log.Fatalf("%s: %v", key, err)
			}
			decoded[string(name)] = string(raw)
		} else {
			decoded[key] = text
		}
	}
	return decoded
}

// What External Secrets Operator has had since the version that go.mod names.
var later = template.FuncMap{
	"hexdec": func(text string) (string, error) {
		decoded, err := hex.DecodeString(text)
		return string(decoded), err
	},
	"certSANs": func(text string) ([]string, error) {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return nil, os.ErrInvalid
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		names := append([]string{}, certificate.DNSNames...)
		for _, address := range certificate.IPAddresses {
			names = append(names, address.String())
		}
		names = append(names, certificate.EmailAddresses...)
		for _, uri := range certificate.URIs {
			names = append(names, uri.String())
		}
		return names, nil
	},
}

func render(example example) (string, error) {
	missing := example.MissingKey
	if missing == "" {
		missing = "error"
	}
	parsed, err := template.New("t").Option("missingkey=" + missing).Funcs(eso.FuncMap()).Funcs(later).Parse(example.Template)
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, data(example.Data))
	return out.String(), err
}

func answer(example example) example {
	output, err := render(example)
	if err != nil {
		if os.Getenv("VERBOSE") != "" {
			log.Printf("%s: %v", example.Template, err)
		}
		example.Error = true
	} else if utf8.ValidString(output) {
		example.Output = &output
	} else {
		example.Bytes = base64.StdEncoding.EncodeToString([]byte(output))
	}
	return example
}

func main() {
	files, err := filepath.Glob("cases/*.json")
	if err != nil || len(files) == 0 {
		log.Fatal("no cases: run this in its own folder")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		var examples []example
		if err := json.Unmarshal(text, &examples); err != nil {
			log.Fatalf("%s: %v", file, err)
		}
		for index := range examples {
			examples[index] = answer(examples[index])
		}
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		if err := encoder.Encode(examples); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("answers", filepath.Base(file)), out.Bytes(), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
