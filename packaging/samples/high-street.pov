// A high street before the motor car: two rows of brick houses with sash windows and shop fronts, setts, gas lamps, a spire in the haze.
// Colours are only as good as the sepia plate that age.py makes of it.
// Render: povray high-street.pov +W1500 +H1000 +A0.2 +R3
#version 3.7;
global_settings {
  assumed_gamma 1.0
  max_trace_level 5
  radiosity { count 40 nearest_count 6 error_bound 0.8 recursion_limit 1 low_error_factor 0.6 brightness 0.8 }
}
#declare Seed = seed(1911);

camera {
  location <-1.3, 1.75, -13>
  look_at <0.35, 3.3, 10>
  right x * image_width / image_height
  angle 56
}
light_source { <70, 90, -46> color rgb 1.8 parallel point_at <0, 0, 0> }
sky_sphere { pigment { bozo turbulence 0.8 octaves 6 color_map { [0.3 color rgb 0.58] [0.8 color rgb 0.86] } scale <0.6, 0.14, 0.6> } }
fog { fog_type 1 distance 210 color rgb 0.78 }

#macro Paint(Grey) texture { pigment { color rgb Grey } finish { ambient 0 diffuse 0.8 } } #end
#declare Pane = texture { pigment { color rgb 0.03 } finish { ambient 0 diffuse 0.3 specular 0.4 roughness 0.01 reflection 0.22 } }
#macro Bricks(Grey, Shift)
  texture {
    pigment {
      brick
      pigment { color rgb Grey * 1.45 }
      pigment { bozo turbulence 0.4 color_map { [0.2 color rgb Grey * 0.72] [0.5 color rgb Grey] [0.8 color rgb Grey * 1.16] } scale 0.31 }
      brick_size <0.24, 0.085, 0.12> mortar 0.012
      translate Shift
    }
    normal { granite 0.25 scale 0.3 }
    finish { ambient 0 diffuse 0.8 }
  }
#end
#macro Render(Grey)
  texture {
    pigment { bozo turbulence 0.9 octaves 6 color_map { [0.1 color rgb Grey * 0.82] [0.6 color rgb Grey] [1 color rgb Grey * 0.66] } scale <0.9, 2.4, 0.9> }
    normal { granite 0.12 scale 0.3 }
    finish { ambient 0 diffuse 0.8 }
  }
#end

// A sash window, centred at its sill, in the plane z = 0, the street at -z.
#macro Sash(W, H, Trim)
  union {
    box { <-W / 2, 0, 0.10>, <W / 2, H, 0.13> texture { Pane } }
    #local I = 0;
    #while (I < 2)
      box { <-W / 2, I * H / 2, 0.05 + 0.03 * I>, <W / 2, I * H / 2 + 0.06, 0.12> }
      #local I = I + 1;
    #end
    box { <-W / 2, H - 0.06, 0.05>, <W / 2, H, 0.12> }
    box { <-W / 2, 0, 0.05>, <-W / 2 + 0.055, H, 0.12> }
    box { <W / 2 - 0.055, 0, 0.05>, <W / 2, H, 0.12> }
    box { <-0.015, 0, 0.06>, <0.015, H, 0.12> }
    box { <-W / 2, H * 0.25 - 0.012, 0.07>, <W / 2, H * 0.25 + 0.012, 0.12> }
    box { <-W / 2, H * 0.75 - 0.012, 0.07>, <W / 2, H * 0.75 + 0.012, 0.12> }
    box { <-W / 2 - 0.10, -0.12, -0.10>, <W / 2 + 0.10, 0, 0.1> }
    box { <-W / 2 - 0.06, H, -0.04>, <W / 2 + 0.06, H + 0.22, 0.1> }
    box { <-0.10, H, -0.08>, <0.10, H + 0.27, 0.1> }
    // A curtain drawn back behind the glass now and then.
    #if (rand(Seed) > 0.45) box { <-W / 2 + 0.06, 0.05, 0.098>, <-W / 2 + 0.06 + W * 0.26, H - 0.05, 0.0995> Paint(0.5) } #end
    Paint(Trim)
  }
#end

#macro Shop(W, Dark)
  union {
    box { <-W / 2 + 0.15, 0, -0.12>, <W / 2 - 0.15, 0.62, 0.1> }                              // stall riser
    box { <-W / 2 + 0.3, 0.62, 0.02>, <W / 2 - 1.35, 2.55, 0.06> texture { Pane } }           // show window
    #local I = 0;
    #while (I < 4)
      box { <-W / 2 + 0.28 + I * (W - 1.65) / 3, 0.62, -0.06>, <-W / 2 + 0.34 + I * (W - 1.65) / 3, 2.55, 0.08> }
      #local I = I + 1;
    #end
    box { <-W / 2 + 0.28, 2.02, -0.05>, <W / 2 - 1.3, 2.07, 0.08> }
    box { <W / 2 - 1.25, 0, 0.22>, <W / 2 - 0.35, 2.2, 0.26> Paint(Dark * 0.7) }               // door in its recess
    box { <W / 2 - 1.12, 0.95, 0.20>, <W / 2 - 0.48, 2.05, 0.23> texture { Pane } }
    box { <W / 2 - 1.3, 2.2, -0.05>, <W / 2 - 0.3, 2.28, 0.2> }
    box { <-W / 2 + 0.05, 2.6, -0.16>, <W / 2 - 0.05, 3.12, 0.1> }                            // fascia
    box { <-W / 2 + 0.02, 3.12, -0.30>, <W / 2 - 0.02, 3.24, 0.1> }
    box { <-W / 2 + 0.04, 0, -0.20>, <-W / 2 + 0.24, 3.1, 0.1> }
    box { <W / 2 - 0.24, 0, -0.20>, <W / 2 - 0.04, 3.1, 0.1> }
    box { <-W / 2 + 0.45, 2.74, -0.175>, <W / 2 - 0.45, 2.98, -0.15> Paint(0.62) }             // the board with the name
    Paint(Dark)
  }
#end
#macro Awning(W, Pale)
  union {
    #local I = 0;
    #while (I < 10)
      #local X0 = -W / 2 + 0.2 + I * (W - 0.4) / 10;
      #local X1 = X0 + (W - 0.4) / 10;
      union {
        polygon { 5, <X0, 2.95, -0.2>, <X1, 2.95, -0.2>, <X1, 2.28, -1.55>, <X0, 2.28, -1.55>, <X0, 2.95, -0.2> }
        polygon { 5, <X0, 2.28, -1.55>, <X1, 2.28, -1.55>, <X1, 2.10, -1.56>, <X0, 2.10, -1.56>, <X0, 2.28, -1.55> }
        #if (mod(I, 2) = 0) Paint(Pale) #else Paint(0.22) #end
      }
      #local I = I + 1;
    #end
  }
#end

#macro Chimney(X, Y)
  union {
    box { <X - 0.5, Y - 1.6, 2.0>, <X + 0.5, Y + 1.1, 2.7> Bricks(0.24, X) }
    box { <X - 0.58, Y + 1.0, 1.92>, <X + 0.58, Y + 1.16, 2.78> Paint(0.35) }
    #local I = 0;
    #while (I < 3)
      cone { <X - 0.3 + I * 0.3, Y + 1.1, 2.35>, 0.12, <X - 0.3 + I * 0.3, Y + 1.6, 2.35>, 0.09 Paint(0.42) }
      #local I = I + 1;
    #end
  }
#end

// One house: its front in the plane z = 0, W wide, some storeys high.
#macro House(W, Storeys, Kind)
  #local Grey = 0.20 + 0.22 * rand(Seed);
  #local Top = 3.3 + Storeys * 2.75;
  #local Bays = 2 + floor(W / 2.9);
  union {
    difference {
      box { <-W / 2, 0, 0>, <W / 2, Top, 8> }
      #local S = 0;
      #while (S < Storeys)
        #local B = 0;
        #while (B < Bays)
          box { <-W / 2 + (B + 0.5) * W / Bays - 0.5, 4.0 + S * 2.75, -0.1>, <-W / 2 + (B + 0.5) * W / Bays + 0.5, 5.7 + S * 2.75, 0.14> }
          #local B = B + 1;
        #end
        #local S = S + 1;
      #end
      box { <W / 2 - 1.3, -0.1, -0.1>, <W / 2 - 0.3, 2.25, 0.24> }
      #if (Kind = 0) Bricks(Grey, rand(Seed)) #else Render(Grey * 1.6) #end
    }
    #local S = 0;
    #while (S < Storeys)
      #local B = 0;
      #while (B < Bays)
        object { Sash(1.0, 1.7, 0.62) translate <-W / 2 + (B + 0.5) * W / Bays, 4.0 + S * 2.75, 0> }
        #local B = B + 1;
      #end
      box { <-W / 2, 3.55 + S * 2.75, -0.05>, <W / 2, 3.68 + S * 2.75, 0.05> Paint(0.5) }
      #local S = S + 1;
    #end
    // Cornice with brackets, slate roof.
    box { <-W / 2 - 0.04, Top - 0.16, -0.34>, <W / 2 + 0.04, Top + 0.06, 0.2> Paint(0.55) }
    #local B = 0;
    #while (B < W / 0.55)
      box { <-W / 2 + 0.1 + B * 0.55, Top - 0.42, -0.24>, <-W / 2 + 0.24 + B * 0.55, Top - 0.14, 0.1> Paint(0.5) }
      #local B = B + 1;
    #end
    mesh {
      #local A = <-W / 2, 0, -0.30>; #local B0 = <W / 2, 0, -0.30>;
      #local C = <W / 2, 2.5, 2.4>; #local D = <-W / 2, 2.5, 2.4>;
      #local E = <W / 2, 0, 8>; #local F = <-W / 2, 0, 8>;
      triangle { A, B0, C } triangle { A, C, D }
      triangle { D, C, E } triangle { D, E, F }
      triangle { A, D, F } triangle { B0, C, E }
      texture { pigment { brick pigment { color rgb 0.10 } pigment { bozo color_map { [0 color rgb 0.16] [1 color rgb 0.27] } scale 0.3 } brick_size <0.3, 0.22, 0.3> mortar 0.02 } finish { ambient 0 diffuse 0.8 specular 0.15 roughness 0.05 } }
      translate y * Top
    }
    object { Chimney(-W / 2 + 0.3, Top + 2.3) }
    object { Shop(W, 0.10 + 0.20 * rand(Seed)) }
    #if (rand(Seed) > 0.45) object { Awning(W, 0.75) } #end
  }
#end

#macro Row(Z0)
  #local Z = Z0;
  union {
    #while (Z < 78)
      #local W = 5.2 + 3.4 * rand(Seed);
      #local Storeys = 1 + floor(rand(Seed) * 1.99 + 0.25);
      object { House(W, Storeys, floor(rand(Seed) * 1.9)) translate <Z + W / 2, 0, 0> }
      #local Z = Z + W;
    #end
  }
#end
// Left row faces right, right row faces left.
object { Row(-14) rotate y * -90 scale <1, 1, 1> translate <-6.6, 0, 0> }
object { Row(-11) rotate y * -90 scale <-1, 1, 1> translate <6.6, 0, 0> }

// Setts, worn by wheels; pavements with kerbs.
plane {
  y, 0
  texture {
    pigment {
      brick
      pigment { color rgb 0.13 }
      pigment { granite turbulence 0.2 color_map { [0 color rgb 0.22] [0.6 color rgb 0.30] [1 color rgb 0.25] } scale 0.3 }
      brick_size <0.30, 0.3, 0.16> mortar 0.022 turbulence 0.015
    }
    normal { average normal_map {
      [1 brick 0.9 brick_size <0.30, 0.3, 0.16> mortar 0.022 turbulence 0.015]
      [1 bumps 0.25 scale <0.2, 0.2, 0.12>]
    } }
    finish { ambient 0 diffuse 0.75 specular 0.18 roughness 0.06 }
  }
}
#declare Flags = texture { pigment { brick pigment { color rgb 0.22 } pigment { bozo color_map { [0 color rgb 0.42] [1 color rgb 0.56] } scale 0.8 } brick_size <0.9, 0.5, 0.7> mortar 0.02 } normal { granite 0.1 } finish { ambient 0 diffuse 0.8 } }
box { <-6.6, 0, -30>, <-4.2, 0.14, 90> texture { Flags } }
box { <4.2, 0, -30>, <6.6, 0.14, 90> texture { Flags } }
box { <-4.2, 0, -30>, <-4.05, 0.145, 90> Paint(0.55) }
box { <4.05, 0, -30>, <4.2, 0.145, 90> Paint(0.55) }

#declare Lamp = union {
  cone { <0, 0, 0>, 0.17, <0, 0.7, 0>, 0.11 }
  cylinder { <0, 0, 0>, <0, 3.0, 0>, 0.06 }
  torus { 0.09, 0.035 translate y * 0.72 }
  torus { 0.07, 0.03 translate y * 2.3 }
  cylinder { <-0.38, 2.75, 0>, <0.38, 2.75, 0>, 0.025 }
  cone { <0, 3.0, 0>, 0.11, <0, 3.1, 0>, 0.15 }
  cone { <0, 3.62, 0>, 0.32, <0, 3.86, 0>, 0.06 }
  sphere { <0, 3.92, 0>, 0.06 }
  #local I = 0;
  #while (I < 4)
    cylinder { <0.13, 3.1, 0>, <0.27, 3.62, 0>, 0.016 rotate y * (45 + I * 90) }
    #local I = I + 1;
  #end
  cone { <0, 3.1, 0>, 0.12, <0, 3.6, 0>, 0.25 open texture { pigment { color rgbt <0.9, 0.9, 0.9, 0.72> } finish { ambient 0 diffuse 0.4 specular 0.5 } } }
  Paint(0.05)
}
#declare Z = -6;
#while (Z < 70)
  object { Lamp translate <-4.55, 0.14, Z> }
  object { Lamp translate <4.55, 0.14, Z + 7> }
  #declare Z = Z + 15;
#end

// The church that closes the street.
union {
  box { <-2.6, 0, 0>, <2.6, 17, 5> Render(0.42) }
  box { <-2.8, 11.6, -0.2>, <2.8, 12, 5.2> Paint(0.45) }
  box { <-0.7, 12.7, -0.05>, <0.7, 15.4, 0.2> Paint(0.10) }
  cylinder { <0, 10, -0.1>, <0, 10, 0.1>, 1.05 Paint(0.7) }
  box { <-0.04, 10, -0.14>, <0.04, 10.8, -0.1> Paint(0.05) }
  box { <0, 9.96, -0.14>, <0.6, 10.04, -0.1> Paint(0.05) }
  cone { <0, 17, 2.5>, 2.5, <0, 30, 2.5>, 0.05 Paint(0.25) }
  #declare I = 0;
  #while (I < 4)
    cone { <2.3, 17, 0>, 0.4, <2.3, 20, 0>, 0.03 rotate y * 90 * I translate <0, 0, 2.5> Paint(0.3) }
    #declare I = I + 1;
  #end
  translate <0.8, 0, 74>
}

// A carrier's cart by the kerb, and its barrels.
#declare Wheel = union {
  torus { 0.62, 0.045 rotate x * 90 }
  cylinder { <0, 0, -0.12>, <0, 0, 0.12>, 0.09 }
  #local I = 0;
  #while (I < 12)
    cylinder { <0, 0, 0>, <0, 0.62, 0>, 0.022 rotate z * 30 * I }
    #local I = I + 1;
  #end
  Paint(0.08)
}
union {
  object { Wheel rotate y * 90 translate <-0.85, 0.66, 0> }
  object { Wheel rotate y * 90 translate <0.85, 0.66, 0> }
  box { <-0.7, 0.82, -1.35>, <0.7, 0.90, 1.35> Paint(0.22) }
  box { <-0.72, 0.9, -1.35>, <-0.66, 1.35, 1.35> Paint(0.26) }
  box { <0.66, 0.9, -1.35>, <0.72, 1.35, 1.35> Paint(0.26) }
  box { <-0.7, 0.9, 1.30>, <0.7, 1.42, 1.36> Paint(0.24) }
  cylinder { <-0.5, 0.82, -1.3>, <-0.42, 0.25, -3.1>, 0.04 Paint(0.2) }
  cylinder { <0.5, 0.82, -1.3>, <0.42, 0.25, -3.1>, 0.04 Paint(0.2) }
  sphere { 0, 1 scale <0.42, 0.55, 0.42> translate <-0.15, 1.42, 0.6> Render(0.3) }
  sphere { 0, 1 scale <0.40, 0.52, 0.40> translate <0.1, 1.38, -0.35> Render(0.25) }
  box { <-0.35, 0, -0.3>, <0.35, 0.45, 0.3> rotate y * 20 translate <0.05, 0.9, -0.95> Render(0.36) }
  rotate y * 14 translate <2.55, 0, 2.2>
}
#declare Barrel = union {
  sphere { 0, 1 scale <0.40, 0.95, 0.40> clipped_by { box { <-1, -0.5, -1>, <1, 0.5, 1> } } Render(0.22) }
  cylinder { <0, 0.46, 0>, <0, 0.47, 0>, 0.34 Paint(0.3) }
  torus { 0.385, 0.02 translate y * 0.25 Paint(0.08) }
  torus { 0.385, 0.02 translate y * -0.25 Paint(0.08) }
  translate y * 0.5
}
object { Barrel translate <-5.7, 0.14, -3.4> }
object { Barrel translate <-5.15, 0.14, -2.6> }
object { Barrel rotate z * 90 rotate y * 70 translate <-5.0, 0.54, -4.6> }
