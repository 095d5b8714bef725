package skierapi_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/labs/ch05-services/skierapi"
)

func TestCreates(t *testing.T) {
	profiles := []skierapi.Profile{
		person("ada"),
		{Username: "ben", Email: "ben@piste.example"},
		{Username: "0_c-9", Email: "c@d", City: `Zürich "Nord" <3>`},
	}
	play(t, "A skier is created", func(w *world) {
		var all []skierapi.Skier
		for _, p := range profiles {
			a := w.wants(201, post(jsonOf(p)), "a new skier")
			made := w.named(p.Username)
			all = append(all, skierapi.Skier{ID: made.ID, Profile: p})
			w.mustHave("the store has every skier that was created, with the whole profile", all...)
			w.same(describe(made), a.skier(), "POST answers with the skier as the store has created it")
			w.same("/skiers/"+made.ID, pathIn(a), "Location says where the new skier is")
		}
	})
}

// named is the skier with that username, whom the store must have.
func (w *world) named(username string) skierapi.Skier {
	w.t.Helper()
	all, err := w.store.Memory.Skiers(w.t.Context(), "", 1000)
	require.NoError(w.t, err)
	i := slices.IndexFunc(all, func(s skierapi.Skier) bool { return s.Username == username })
	if i < 0 {
		w.same(username+" is in the store", "not there", "after a POST that was answered with 201")
	}
	return all[i]
}

// pathIn is the path that Location leads to.
func pathIn(a reply) string {
	base, err := url.Parse(host + "/skiers")
	if err != nil {
		return err.Error()
	}
	at, err := base.Parse(a.header.Get("Location"))
	if err != nil {
		return a.header.Get("Location")
	}
	return at.Path
}

func TestReadsAndDeletes(t *testing.T) {
	play(t, "Reading and deleting", func(w *world) {
		all := w.knows("ada", "ben", "cleo")
		for _, s := range all {
			a := w.wants(200, get("/skiers/"+s.ID), "there is such a skier")
			w.same(describe(s), a.skier(), "GET answers with the whole skier")
		}
		w.wants(404, get("/skiers/nobody"), "there is no such skier")
		w.wants(404, remove("/skiers/nobody"), "there is no such skier")
		w.wants(204, remove("/skiers/"+all[1].ID), "there is such a skier")
		w.mustHave("DELETE removes this skier and no other", all[0], all[2])
		w.wants(404, get("/skiers/"+all[1].ID), "this skier was deleted")
		w.wants(404, remove("/skiers/"+all[1].ID), "this skier was deleted before")
		w.mustHave("a skier that is not there cannot be deleted", all[0], all[2])
	}, func(w *world) {
		a := w.wants(200, get("/resorts"), "there are three resorts")
		var got skierapi.Resorts
		_ = json.Unmarshal([]byte(a.body), &got)
		w.same(jsonOf(resorts), jsonOf(got.Resorts), "GET /resorts answers with all resorts, in the order of the store")
		w.store.Memory = skierapi.NewMemory()
		w.wants(404, get("/resorts"), "there are no resorts")
	})
}

func TestReplaces(t *testing.T) {
	play(t, "A profile is replaced", func(w *world) {
		all := w.knows("ada", "ben")
		for _, p := range []skierapi.Profile{
			{Username: "ada", Email: "ada@davos.example", City: "Davos"},
			{Username: "ada2", Email: "ada@davos.example"},
			{Username: "ada2", Email: "ada@davos.example"},
			person("ada"),
		} {
			want := skierapi.Skier{ID: all[0].ID, Profile: p}
			a := w.wants(200, put(want.ID, jsonOf(p)), "there is such a skier")
			w.mustHave("PUT replaces the whole profile: what is not sent is gone", want, all[1])
			w.same(describe(want), a.skier(), "PUT answers with the skier as it is now")
		}
	}, func(w *world) {
		all := w.knows("ada", "ben")
		w.wants(404, put("nobody", jsonOf(person("cleo"))), "there is no such skier, and PUT does not create one")
		w.mustHave("PUT creates nobody", all...)
		w.loses(all[1])
		w.wants(404, put(all[1].ID, jsonOf(person("ben"))), "this skier was deleted")
		w.mustHave("PUT creates nobody", all[0])
	}, func(w *world) {
		all := w.knows("ada", "ben")
		body := jsonOf(skierapi.Skier{ID: all[1].ID, Profile: person("cleo")})
		w.sends(put(all[0].ID, body))
		other, err := w.store.Memory.Skier(w.t.Context(), all[1].ID)
		require.NoError(w.t, err)
		w.same(describe(all[1]), describe(other), "whatever stands in the body, PUT does not touch another skier than that of the path")
	})
}

func TestTakenName(t *testing.T) {
	play(t, "A username that is taken", func(w *world) {
		all := w.knows("ada", "ben")
		another := jsonOf(skierapi.Profile{Username: "ada", Email: "another@piste.example", City: "Arosa"})
		w.wants(409, post(another), "another skier has this username")
		w.mustHave("nothing has changed", all...)
		w.wants(409, put(all[1].ID, another), "another skier has this username")
		w.mustHave("nothing has changed", all...)
		all[0].Email, all[0].City = "another@piste.example", "Arosa"
		w.wants(200, put(all[0].ID, another), "a skier's own username is no conflict")
		w.mustHave("the profile is replaced", all...)
		w.loses(all[0])
		w.wants(200, put(all[1].ID, another), "nobody else has this username any more")
	})
}
