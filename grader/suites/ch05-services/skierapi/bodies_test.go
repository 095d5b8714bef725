package skierapi_test

import (
	"fmt"
	"strings"
	"testing"

	"scalelab/labs/ch05-services/skierapi"
)

const cleo = `{"username":"cleo","email":"cleo@piste.example"}`

func TestRefusesBodies(t *testing.T) {
	play(t, "A body that is no profile",
		noJSON("there is no JSON in it", "", " \n", "username=cleo", "<skier/>", `{'username':'cleo'}`),
		noJSON("it is broken off", `{"username":"cleo"`, `{"username":"cleo","email":"cleo@pis`, `{`, `"`),
		noJSON("something stands behind the JSON text", cleo+cleo, cleo+"\n{}", cleo+" x", cleo+"}", cleo+",", cleo+"\n 17"),
		func(w *world) {
			w.wants(200, put(w.knows("ada")[0].ID, "\n "+cleo+" \r\n"), "white space round the JSON text is no matter")
		},
		noProfile("it is JSON, and no object", nil, "["+cleo+"]", `"cleo"`, "17", "true", "[]"),
		noProfile("the document does not know this field", nil, with("phone", `"081"`), with("id", `"s000001"`), with("x", "{}")),
		noProfile("this field has a value of another type", nil, with("city", "7000"), with("city", `["Chur"]`),
			`{"username":17,"email":"cleo@piste.example"}`, `{"username":"cleo","email":{"at":"piste.example"}}`),
		noProfile("the email is missing", []string{"email"}, `{"username":"cleo"}`, `{"username":"cleo","city":"Chur"}`),
		noProfile("the username is missing", []string{"username"}, `{"email":"cleo@piste.example"}`),
		noProfile("the email is missing, and the username is invalid", []string{"email", "username"}, `{"username":"Cleo"}`),
		noProfile("both are missing", []string{"email", "username"}, "{}", `{"city":"Chur"}`),
		invalid("username", skierapi.Profile{Username: "Cleo", Email: "cleo@piste.example"}),
		invalid("username", skierapi.Profile{Username: strings.Repeat("c", 33), Email: "cleo@piste.example"}),
		invalid("email", skierapi.Profile{Username: "cleo", Email: "cleo"}),
		invalid("email", skierapi.Profile{Username: "cleo", Email: "@piste.example"}),
		invalid("city", skierapi.Profile{Username: "cleo", Email: "cleo@piste.example", City: strings.Repeat("c", 101)}),
		invalid("city, email, username", skierapi.Profile{Username: "cleo ", Email: "cleo@", City: strings.Repeat("c", 1000)}),
	)
}

// with is the profile with another field.
func with(field, value string) string {
	return fmt.Sprintf(`%s,%q:%s}`, strings.TrimSuffix(cleo, "}"), field, value)
}

// noJSON is a scene with bodies that are not one JSON text.
func noJSON(why string, bodies ...string) func(*world) {
	return func(w *world) {
		all := w.knows("ada")
		for _, body := range bodies {
			w.refuses(400, post(body), why)
			w.refuses(400, put(all[0].ID, body), why)
		}
		w.mustHave("what is refused changes nothing", all...)
	}
}

// noProfile is a scene with bodies that are JSON and no profile. If fields are given the problem must name them.
func noProfile(why string, fields []string, bodies ...string) func(*world) {
	return func(w *world) {
		all := w.knows("ada")
		for _, body := range bodies {
			for _, r := range []request{post(body), put(all[0].ID, body)} {
				a := w.refuses(422, r, why)
				if fields != nil {
					w.same(strings.Join(fields, ", "), a.fields(), "the fields that the problem's errors name: "+why)
				}
			}
		}
		w.mustHave("what is refused changes nothing", all...)
	}
}

// invalid is a scene with a profile of which these fields are wrong.
func invalid(fields string, p skierapi.Profile) func(*world) {
	return noProfile("Profile.Invalid finds something in "+fields, strings.Split(fields, ", "), jsonOf(p))
}

func TestRefusesTypesAndSizes(t *testing.T) {
	play(t, "A body of another type, or too large", func(w *world) {
		all := w.knows("ada")
		for _, kind := range []string{
			"", "text/plain", "application/xml", "text/json", "application/jsonp", "application/merge-patch+json",
			"application/x-www-form-urlencoded", "text/plain; charset=application/json",
		} {
			why := fmt.Sprintf("the content type is %q", kind)
			w.refuses(415, post(cleo).as(kind), why)
			w.refuses(415, put(all[0].ID, cleo).as(kind), why)
		}
		w.mustHave("what is refused changes nothing", all...)
		for _, kind := range []string{"application/json; charset=utf-8", "Application/JSON;Charset=UTF-8", "APPLICATION/JSON"} {
			w.wants(200, put(all[0].ID, cleo).as(kind), fmt.Sprintf("the content type is %q", kind))
		}
	}, func(w *world) {
		all := w.knows("ada")
		for _, size := range []int{skierapi.MaxBody + 1, 3 * skierapi.MaxBody} {
			for where, body := range []string{padded(size), cleo + strings.Repeat(" ", size-len(cleo))} {
				why := fmt.Sprintf("the body has %d bytes%s", size, []string{"", ", most of them white space behind the profile"}[where])
				w.refuses(413, post(body), why)
				w.refuses(413, put(all[0].ID, body), why)
				w.refuses(413, post(body).inChunks(), why+", and no Content-Length says so")
				w.refuses(413, put(all[0].ID, body).inChunks(), why+", and no Content-Length says so")
			}
		}
		w.mustHave("what is refused changes nothing", all...)
	}, func(w *world) {
		all := w.knows("ada")
		r := put(all[0].ID, padded(skierapi.MaxBody))
		w.wants(200, r, "65536 bytes are not too many")
		w.wants(200, r.inChunks(), "65536 bytes are not too many")
	}, func(w *world) {
		const large = 8 << 20
		read := 0
		r := post(padded(large)).inChunks()
		r.read = &read
		w.refuses(413, r, "the body has eight million bytes")
		if read > 1<<20 {
			w.same("at most 1048576 bytes", fmt.Sprintf("%d bytes", read), "how much of a body is read that is too large")
		}
	})
}

// padded is a profile with so much white space in it.
func padded(size int) string { return "{" + strings.Repeat(" ", size-len(cleo)) + cleo[1:] }
